import { HoldfastError } from "../../base/errors.ts";
import type { DriveClient } from "../oauth/drive-client.ts";
import type { CallOptions } from "../store.ts";
import { byAge, type DriveFile, filesUrl, FOLDER_TYPE, generateIds, query, quoted } from "./api.ts";
import { driveError, mayPass } from "./errors.ts";
import { untilListed } from "./until-listed.ts";

/** The folders of a store. Several may have one name; all of them are looked into. */
export interface Folders {
  /**
   * All at a path, '' for the top of the store; the oldest first.
   *
   * @param isFresh what is known already is asked for again
   */
  find(path: string, options: CallOptions, isFresh?: boolean): Promise<readonly DriveFile[]>;
  /** The id of the one to write to, which is made when there is none. */
  make(path: string): Promise<string>;
  /** What a listing has found at a path. */
  remember(path: string, folders: readonly DriveFile[]): void;
  /** Nothing is known any more. */
  forget(): void;
}

/** What folders depend on. */
export interface FolderOptions {
  /** Most folders in each other; those of Google Drive when left out. */
  readonly maxDepth?: number | undefined;
  /** Milliseconds since 1970; the time of this machine when left out. */
  readonly now?: (() => number) | undefined;
}

/** A clock may be wrong: then more is asked than would be needed, or it is not asked again. */
const NEW_MS = 60_000;
/** Google Drive allows 100. */
const MAX_DEPTH = 90;

/**
 * @param base the folder of the store below "My Drive"
 * @throws {HoldfastError} `CONFIG` in each call when there would be too many folders in each other
 */
export function createFolders(client: DriveClient, base: string, given: FolderOptions = {}): Folders {
  const { maxDepth = MAX_DEPTH, now = Date.now } = given;
  const known = new Map<string, readonly DriveFile[]>();
  const making = new Map<string, Promise<string>>();
  /** Ids that folders may have been made with, when the answer was lost. */
  const begun = new Map<string, string>();
  const isSettled = ({ created }: DriveFile): boolean => Math.abs(now() - Date.parse(created)) > NEW_MS;
  const placeOf = (path: string): string => (path === "" ? base : `${base}/${path}`);

  const find = async (
    place: string,
    options: CallOptions,
    isFresh: boolean,
  ): Promise<readonly DriveFile[]> => {
    const already = isFresh ? undefined : known.get(place);
    // Beside a folder that is new, somebody may have made another one of the same name at the same time.
    if (already !== undefined && already.every(isSettled)) return already;
    const { above, name } = split(place);
    const parents = above === "" ? ["root"] : (await find(above, options, isFresh)).map(({ id }) => id);
    const found = parents.length === 0 ? [] : await foldersNamed(client, name, parents, options);
    // Only what is there is remembered: what is not may be made by others.
    if (found.length > 0) known.set(place, found);
    return found;
  };

  const make = async (place: string, options: CallOptions): Promise<string> => {
    const [oldest] = await find(place, options, false);
    if (oldest !== undefined) return oldest.id;
    const { above, name } = split(place);
    const parent = above === "" ? "root" : await makeOnce(above, options);
    const id = begun.get(place) ?? (await generateIds(client, options))[0] ?? "";
    begun.set(place, id);
    await createFolder(client, { id, name, parent }, options);
    const look = (): Promise<readonly DriveFile[]> => foldersNamed(client, name, [parent], options);
    const all = await untilListed(client, id, look, options);
    begun.delete(place);
    known.set(place, all);
    return all[0]?.id ?? id;
  };

  const makeOnce = (place: string, options: CallOptions): Promise<string> => {
    const one =
      making.get(place) ??
      make(place, options).finally(() => {
        making.delete(place);
      });
    making.set(place, one);
    return one;
  };

  return {
    async find(path, options, isFresh = false) {
      checkDepth(placeOf(path), maxDepth);
      return find(placeOf(path), options, isFresh);
    },
    async make(path) {
      checkDepth(placeOf(path), maxDepth);
      // Shared by all that need it, so that none of them can give it up for the others.
      return makeOnce(placeOf(path), {});
    },
    remember: (path, folders) => void known.set(placeOf(path), folders.toSorted(byAge)),
    forget: () => known.clear(),
  };
}

/** A path and what is above it, '' for nothing. */
export function split(path: string): { readonly above: string; readonly name: string } {
  const end = path.lastIndexOf("/");
  return { above: path.slice(0, Math.max(end, 0)), name: path.slice(end + 1) };
}

async function foldersNamed(
  client: DriveClient,
  name: string,
  parents: readonly string[],
  options: CallOptions,
): Promise<readonly DriveFile[]> {
  const found: DriveFile[] = [];
  const inParents = parents.map((id) => `${quoted(id)} in parents`).join(" or ");
  const q = `name = ${quoted(name)} and mimeType = ${quoted(FOLDER_TYPE)} and trashed = false and (${inParents})`;
  for await (const files of query(client, q, options)) found.push(...files);
  return found.filter((folder) => folder.name === name).sort(byAge);
}

async function createFolder(
  client: DriveClient,
  { id, name, parent }: { readonly id: string; readonly name: string; readonly parent: string },
  { signal }: CallOptions,
): Promise<void> {
  const what = "make a folder in Google Drive";
  const response = await client.send({
    method: "POST",
    url: filesUrl(null, { fields: "id" }),
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ id, name, mimeType: FOLDER_TYPE, parents: [parent] }),
    signal,
    what,
  });
  if (response.status === 404) throw mayPass(`could not ${what}: the one above it is gone`);
  // 409: it was made, and the answer was lost.
  if (response.status !== 200 && response.status !== 409) throw driveError(response, what, true);
}

function checkDepth(place: string, maxDepth: number): void {
  if (place.split("/").length <= maxDepth) return;
  throw new HoldfastError({
    code: "CONFIG",
    message: "a file name has more folders in each other than Google Drive allows",
    hint: "use a shorter folder in the address, or another store",
  });
}
