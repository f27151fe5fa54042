import type { DriveClient } from "../oauth/drive-client.ts";
import type { CallOptions } from "../store.ts";
import { byAge, type DriveFile, FOLDER_TYPE, query, quoted } from "./api.ts";
import { type Folders, split } from "./folders.ts";

/** What is known of the files of a store. */
export interface Lookup {
  readonly client: DriveClient;
  readonly folders: Folders;
  /** The one that was last seen to count for a name; it may be gone. */
  readonly seen: Map<string, DriveFile>;
  /** Ids that were removed here; listings may show them still. */
  readonly removed: Set<string>;
}

/** All files of a name, the oldest first, which is the one that counts. */
export async function filesNamed(
  lookup: Lookup,
  name: string,
  options: CallOptions,
): Promise<readonly DriveFile[]> {
  const { above } = split(name);
  const known = await lookup.folders.find(above, options);
  const found = await filesIn(lookup, name, known, options);
  if (found.length > 0) return found;
  // Somebody else may have made another folder of the same name meanwhile.
  const all = await lookup.folders.find(above, options, true);
  return all.length === known.length && all.every(({ id }, at) => id === known[at]?.id)
    ? found
    : filesIn(lookup, name, all, options);
}

async function filesIn(
  { client, removed }: Lookup,
  path: string,
  folders: readonly DriveFile[],
  options: CallOptions,
): Promise<readonly DriveFile[]> {
  if (folders.length === 0) return [];
  const { name } = split(path);
  const inFolders = folders.map(({ id }) => `${quoted(id)} in parents`).join(" or ");
  const q = `name = ${quoted(name)} and mimeType != ${quoted(FOLDER_TYPE)} and trashed = false and (${inFolders})`;
  const found: DriveFile[] = [];
  for await (const files of query(client, q, options)) found.push(...files);
  return found.filter((file) => file.name === name && !removed.has(file.id)).sort(byAge);
}
