import { statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { HoldfastError } from "../../base/errors.ts";
import { type BrowserKind, findProfiles } from "../../browser/find-profiles.ts";

/** What cookies are read from and written to. */
export interface CookieProfile {
  /** What the option `--profile` takes: the path below the state folder. */
  readonly name: string;
  readonly kind: BrowserKind;
  /** Path of the folder below, from the state folder on; '' for that folder itself. */
  readonly relative: string;
  /** Absolute: the user-data folder of Chromium, the profile folder of Firefox. */
  readonly path: string;
  /** Which profile in a user-data folder, for example `Default`; `null` for Firefox. */
  readonly inner: string | null;
}

/**
 * All profiles below some state folders, sorted by name.
 *
 * @throws {HoldfastError} `CONFIG` when a folder is missing
 */
export async function listProfiles(state: readonly string[]): Promise<CookieProfile[]> {
  const found: CookieProfile[] = [];
  for (const folder of state) {
    if (!isFolder(folder)) throw noFolder(folder);
    found.push(...(await profilesBelow(folder, state.length === 1 ? "" : folder)));
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * The profile that a user means: by its name, or by a path to a profile anywhere on this machine; the
 * only one below the state folders when none is named.
 *
 * @throws {HoldfastError} `CONFIG`, with the names to choose from, when there is none or more than one
 */
export async function chooseProfile(
  state: readonly string[],
  wanted: string | undefined,
): Promise<CookieProfile> {
  const isElsewhere = wanted !== undefined && isFolder(wanted);
  const profiles = isElsewhere && !state.every(isFolder) ? [] : await listProfiles(state);
  const matching = wanted === undefined ? profiles : profiles.filter((each) => isMeant(each, wanted));
  const [only, ...others] = matching;
  if (only !== undefined && others.length === 0) return only;
  if (only !== undefined) throw severalProfiles(matching);
  if (wanted === undefined) throw noProfiles(state);
  return (isElsewhere ? await profileAt(wanted) : null) ?? throwNoSuch(wanted, profiles);
}

/**
 * The profiles below one folder.
 *
 * @param prefix what their names start with
 */
export async function profilesBelow(folder: string, prefix = ""): Promise<CookieProfile[]> {
  const profiles = await findProfiles(resolve(folder));
  return profiles.flatMap(({ kind, path, relative, profiles: inners }): CookieProfile[] => {
    const name = join(prefix, relative);
    if (kind === "firefox") return [{ name, kind, relative, path, inner: null }];
    const isAlone = inners.length < 2;
    // One that no browser was started on yet has no sign of its own.
    return (inners.length === 0 ? ["Default"] : inners).map((inner) => {
      return { name: isAlone ? name : join(name, inner), kind, relative, path, inner };
    });
  });
}

function isMeant({ name, path, inner }: CookieProfile, wanted: string): boolean {
  const own = [path, ...(inner === null ? [] : [join(path, inner)])];
  return join(wanted, ".") === join(name, ".") || own.includes(resolve(wanted));
}

/** A profile that is not part of the state; a path may also name one of several in a user-data folder. */
async function profileAt(path: string): Promise<CookieProfile | null> {
  const absolute = resolve(path);
  const inside = await profilesBelow(absolute, absolute);
  const [only, ...others] = inside.filter(({ path: found }) => found === absolute);
  if (only !== undefined) {
    if (others.length > 0) throw severalProfiles([only, ...others]);
    return { ...only, name: path };
  }
  const beside = await profilesBelow(dirname(absolute));
  const inner = beside.find((each) => each.path === dirname(absolute) && each.inner === basename(absolute));
  return inner === undefined ? null : { ...inner, name: path };
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function noFolder(folder: string): HoldfastError {
  return new HoldfastError({
    code: "CONFIG",
    message: `the state folder ${folder} cannot be found`,
    hint: "name the folder that your app keeps its data in with --state or HOLDFAST_STATE",
  });
}

/** The error when a profile is needed and there is none. */
export function noProfiles(state: readonly string[]): HoldfastError {
  return new HoldfastError({
    code: "CONFIG",
    message: `there is no browser profile in ${state.join(", ")}`,
    hint: "name one with --profile, a running browser with --connect, or make a new one with: holdfast cookies import --fresh chromium",
  });
}

function severalProfiles(profiles: readonly CookieProfile[]): HoldfastError {
  return new HoldfastError({
    code: "CONFIG",
    message: `there are several browser profiles: ${profiles.map(({ name }) => name).join(", ")}`,
    hint: `choose one, for example: --profile ${profiles[0]?.name ?? ""}`,
  });
}

function throwNoSuch(wanted: string, profiles: readonly CookieProfile[]): never {
  const names = profiles.map(({ name }) => name).join(", ");
  throw new HoldfastError({
    code: "CONFIG",
    message: `there is no browser profile ${wanted}`,
    hint: names === "" ? "name the folder of one with --profile" : `those of the state are: ${names}`,
  });
}
