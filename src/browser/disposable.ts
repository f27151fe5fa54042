import { type ByteString, fromText } from "../base/byte-string.ts";
import type { BrowserProfile } from "./find-profiles.ts";
import { type Preset, PRESETS } from "./presets.ts";

/** Whether an entry, with all that is below it, is left out by the preset of the profile that it is in. */
export type Disposable = (path: ByteString) => boolean;

type NameTest = (name: string) => boolean;

/**
 * What the presets leave out of some profiles.
 *
 * Made for many questions: a path outside of all profiles costs a comparison for each of them, and one
 * inside a look into two tables.
 *
 * @returns a test for paths relative to where the profiles were looked for; it knows the entry itself,
 *   not those below one that is left out
 */
export function disposableIn(
  profiles: readonly Pick<BrowserProfile, "kind" | "relative" | "profiles">[],
): Disposable {
  const tests = profiles.map((profile) => {
    const prefix = profile.relative === "" ? "" : fromText(`${profile.relative}/`);
    return { prefix, test: profileTest(PRESETS[profile.kind], profile.profiles) };
  });
  return (path) =>
    tests.some(({ prefix, test }) => path.startsWith(prefix) && test(path.slice(prefix.length)));
}

function profileTest(preset: Preset, profiles: readonly string[]): NameTest {
  const folders = profiles.map((name) => (name === "." ? "" : `${name}/`));
  const levels = new Map<string, string[]>();
  const add = (pattern: string): void => {
    const end = pattern.lastIndexOf("/");
    const folder = pattern.slice(0, Math.max(end, 0));
    levels.set(folder, [...(levels.get(folder) ?? []), pattern.slice(end + 1)]);
  };
  for (const pattern of preset.top) add(pattern);
  for (const folder of folders) for (const pattern of preset.profile) add(folder + pattern);
  const atLevel = new Map([...levels].map(([folder, names]) => [folder, nameTest(names)]));
  const anywhere = nameTest(preset.anywhere);
  const untouched = preset.untouched.flatMap((name) => ["", ...folders].map((folder) => `${folder}${name}/`));
  return (path) => {
    const end = path.lastIndexOf("/");
    const name = path.slice(end + 1);
    if (atLevel.get(path.slice(0, Math.max(end, 0)))?.(name) === true) return true;
    return anywhere(name) && !untouched.some((folder) => path.startsWith(folder));
  };
}

function nameTest(patterns: readonly string[]): NameTest {
  const names = new Set(patterns.filter((pattern) => !pattern.includes("*")));
  const globs = patterns.filter((pattern) => pattern.includes("*")).map(globSource);
  const glob = globs.length === 0 ? null : new RegExp(`^(?:${globs.join("|")})$`, "s");
  return (name) => names.has(name) || glob?.test(name) === true;
}

function globSource(pattern: string): string {
  return pattern
    .split("*")
    .map((part) => part.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`))
    .join(".*");
}
