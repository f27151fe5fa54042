import { HoldfastError } from "../base/errors.ts";
import { VOLUME_VARIABLE } from "../base/volume.ts";
import { WEBDAV_VARIABLES } from "../base/webdav-variables.ts";
import { SETTINGS, SETTING_NAMES, type Settings, type SomeSettings } from "./settings.ts";
import { SIDE_PREFIXES } from "./sides.ts";
import { suggest } from "./suggestion.ts";

/** Variables of a process, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The variable that holds the password itself; it has no flag and no key in the file. */
export const PASSWORD_VARIABLE = "HOLDFAST_PASSWORD";

/** The variable that holds a new password, for the commands that change it. */
export const NEW_PASSWORD_VARIABLE = "HOLDFAST_NEW_PASSWORD";

/** The variable that holds sealed cookies, as `holdfast cookies export --env` prints them. */
export const COOKIES_VARIABLE = "HOLDFAST_COOKIES";

/** The variables that hold what names and opens the cookies on a CookieCloud server. */
export const COOKIECLOUD_VARIABLES = {
  uuid: "HOLDFAST_COOKIECLOUD_UUID",
  password: "HOLDFAST_COOKIECLOUD_PASSWORD",
} as const;

/** The variables about drives that somebody has to sign in to. */
export const DRIVE_VARIABLES = {
  /** The registered app that `holdfast init onedrive` signs in to. */
  onedriveClientId: "HOLDFAST_ONEDRIVE_CLIENT_ID",
  /** What `holdfast init onedrive --print` prints. */
  onedriveToken: "HOLDFAST_ONEDRIVE_TOKEN",
  /** The registered app that `holdfast init gdrive` signs in to. */
  gdriveClientId: "HOLDFAST_GDRIVE_CLIENT_ID",
  gdriveClientSecret: "HOLDFAST_GDRIVE_CLIENT_SECRET",
  /** What `holdfast init gdrive --print` prints. */
  gdriveToken: "HOLDFAST_GDRIVE_TOKEN",
  /** Where tokens are kept. */
  tokenFile: "HOLDFAST_TOKEN_FILE",
} as const;

/**
 * The settings that variables give. An empty variable counts as not given.
 *
 * @throws {HoldfastError} `CONFIG` for a value of the wrong kind
 */
export function settingsFromEnvironment(environment: Environment): SomeSettings {
  const found: Partial<Record<keyof Settings, unknown>> = {};
  for (const name of SETTING_NAMES) {
    const { variable, reader } = SETTINGS[name];
    const given = environment[variable];
    if (given === undefined || given === "") continue;
    const value = reader.fromText(given);
    if (value === null) {
      throw new HoldfastError({
        code: "CONFIG",
        message: `the variable ${variable} must be ${reader.expected}`,
        hint: `correct it, or remove it with: unset ${variable}`,
      });
    }
    found[name] = value;
  }
  return found as SomeSettings;
}

/**
 * A warning for each variable that looks like ours and is not.
 *
 * Only a warning: a variable may be meant for another version, and an app must start all the same.
 */
export function unknownVariables(environment: Environment): string[] {
  const known = [
    PASSWORD_VARIABLE,
    NEW_PASSWORD_VARIABLE,
    COOKIES_VARIABLE,
    ...Object.values(COOKIECLOUD_VARIABLES),
    ...Object.values(DRIVE_VARIABLES),
    ...Object.values(WEBDAV_VARIABLES),
    VOLUME_VARIABLE,
    ...SETTING_NAMES.map((name) => SETTINGS[name].variable),
  ];
  return Object.keys(environment)
    .filter((variable) => variable.startsWith("HOLDFAST_") && !known.includes(variable))
    .filter((variable) => !Object.values(SIDE_PREFIXES).some((prefix) => variable.startsWith(prefix)))
    .map((variable) => {
      const meant = suggest(variable, known);
      return `the variable ${variable} is not known${meant === null ? "" : `, did you mean ${meant}?`}`;
    });
}
