import { WEBDAV_VARIABLES } from "../base/webdav-variables.ts";

/** What only Holdfast needs: passwords, sealed cookies, addresses that are secrets themselves. */
const OURS: ReadonlySet<string> = new Set([
  "HOLDFAST_PASSWORD",
  "HOLDFAST_NEW_PASSWORD",
  "HOLDFAST_COOKIES",
  "HOLDFAST_COOKIECLOUD_UUID",
  "HOLDFAST_COOKIECLOUD_PASSWORD",
  "HOLDFAST_NOTIFY",
  WEBDAV_VARIABLES.password,
  WEBDAV_VARIABLES.token,
  "HOLDFAST_ONEDRIVE_TOKEN",
  "HOLDFAST_GDRIVE_TOKEN",
  "HOLDFAST_GDRIVE_CLIENT_SECRET",
]);

/** What opens one of the two stores of a copy. */
const OF_ONE_SIDE = /^HOLDFAST_(?:FROM|TO)_/;

/** The variables of the app: those of this process without our secrets, and the mode that it is started in. */
export function appEnvironment(environment: NodeJS.ProcessEnv, mode: "login" | "normal"): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(([name]) => !OURS.has(name) && !OF_ONE_SIDE.test(name));
  return { ...Object.fromEntries(kept), HOLDFAST_MODE: mode };
}
