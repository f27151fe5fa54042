import { dirname, join } from "node:path";
import type { BrowserProfile } from "./find-profiles.ts";
import { readText } from "./profile-tree.ts";
import { keepingTimes, replaceFile } from "./replace-file.ts";

/**
 * Prepares a profile that no browser has open, so that its browser brings the cookies back that end
 * with the session: it is told to continue where it left off. `user.js`, which is the app's, stays as
 * it is.
 *
 * @param path where the profile is now
 * @returns the files that were changed, relative to the profile; `null` when there is nothing that could
 *   be told: no preferences, or damaged ones
 * @throws the error of the file system
 */
export function keepSessionCookies(
  path: string,
  { kind, profiles }: Pick<BrowserProfile, "kind" | "profiles">,
): readonly string[] | null {
  const edits =
    kind === "firefox"
      ? [edit(join(path, "prefs.js"), withFirefoxSession)]
      : profiles.map((profile) => edit(join(path, profile, "Preferences"), withChromiumSession));
  if (edits.every((outcome) => outcome === "nothing")) return null;
  const names = kind === "firefox" ? ["prefs.js"] : profiles.map((profile) => join(profile, "Preferences"));
  return names.filter((_, index) => edits[index] === "changed");
}

function edit(path: string, change: (text: string) => string | null): "changed" | "same" | "nothing" {
  const text = readText(path);
  const changed = text === null ? null : change(text);
  if (changed === null) return "nothing";
  if (changed === text) return "same";
  keepingTimes(dirname(path), () => replaceFile(path, changed));
  return "changed";
}

/** Continue where it left off (`SessionStartupPref::kPrefValueLast`). */
const RESTORE_LAST = 1;

/**
 * A Chromium that seems to have crashed brings its cookies back and offers its pages; one that ended
 * well would open all of them again, beside those that the app opens, and so more at every start.
 */
function withChromiumSession(text: string): string | null {
  const preferences = parseObject(text);
  if (preferences === null) return null;
  const session = objectOf(preferences["session"]);
  if (session["restore_on_startup"] === RESTORE_LAST) return text;
  const profile = { ...objectOf(preferences["profile"]), exit_type: "Crashed" };
  return JSON.stringify({
    ...preferences,
    session: { ...session, restore_on_startup: RESTORE_LAST },
    profile,
  });
}

/** The second one counts for the next start, even if a `user.js` sets the first one otherwise. */
const FIREFOX_PREFERENCES: readonly (readonly [name: string, value: string])[] = [
  ["browser.startup.page", "3"],
  ["browser.sessionstore.resume_session_once", "true"],
];

function withFirefoxSession(text: string): string {
  const wanted = FIREFOX_PREFERENCES.map(([name, value]) => `user_pref("${name}", ${value});`);
  const lines = text.split("\n");
  if (wanted.every((line) => lines.includes(line))) return text;
  const others = lines.filter(
    (line) => !FIREFOX_PREFERENCES.some(([name]) => line.startsWith(`user_pref("${name}",`)),
  );
  while (others.at(-1) === "") others.pop();
  return [...others, ...wanted, ""].join("\n");
}

type JsonObject = Readonly<Record<string, unknown>>;

function parseObject(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null; // Chromium makes new ones, and says so to the user
  }
}

function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
