import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Cookie } from "../cookie.ts";

/** Firefox's own four; the fifth number is taken by its thumbnails. */
const OWN = [
  { public: true, userContextId: 1, icon: "fingerprint", color: "blue", l10nId: "user-context-personal" },
  { public: true, userContextId: 2, icon: "briefcase", color: "orange", l10nId: "user-context-work" },
  { public: true, userContextId: 3, icon: "dollar", color: "green", l10nId: "user-context-banking" },
  { public: true, userContextId: 4, icon: "cart", color: "pink", l10nId: "user-context-shopping" },
];
const THUMBNAILS = 5;

/**
 * Names the containers that the cookies of a fresh profile are in. Firefox deletes what is in any
 * container when it starts without the list of them (`ContextualIdentityService.sys.mjs`).
 */
export async function declareContainers(profile: string, cookies: readonly Cookie[]): Promise<void> {
  const numbers = new Set(cookies.map(({ container }) => container));
  if (numbers.size === 0 || (numbers.size === 1 && numbers.has(0))) return;
  const others = [...numbers].filter((number) => number > THUMBNAILS).toSorted((a, b) => a - b);
  const identities = [
    ...OWN,
    {
      userContextId: THUMBNAILS,
      public: false,
      icon: "",
      color: "",
      name: "userContextIdInternal.thumbnail",
      accessKey: "",
    },
    ...others.map((userContextId) => ({
      userContextId,
      public: true,
      icon: "circle",
      color: "toolbar",
      name: `Container ${userContextId}`,
    })),
  ];
  // Newer versions of Firefox bring version 4 up to date themselves.
  const content = { version: 4, lastUserContextId: others.at(-1) ?? THUMBNAILS, identities };
  await writeFile(join(profile, "containers.json"), JSON.stringify(content), { mode: 0o600, flag: "wx" });
}
