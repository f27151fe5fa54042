import type { CallOptions } from "../store.ts";
import { isName } from "../names.ts";
import { byAge, type DriveFile, query, quoted } from "./api.ts";
import type { Lookup } from "./lookup.ts";

/** As many folders as one query names. */
const FOLDERS_A_QUERY = 40;

/**
 * All files whose names begin with a prefix, by name. Each level of folders is asked for in as few queries as
 * there can be, because a repository has 256 folders of packs.
 *
 * @param top the folder that holds them all
 */
export async function listFiles(
  lookup: Lookup,
  top: string,
  prefix: string,
  options: CallOptions,
): Promise<Map<string, DriveFile>> {
  const { folders, seen } = lookup;
  const files = new Map<string, DriveFile>();
  let level = new Map((await folders.find(top, options, true)).map(({ id }) => [id, top]));
  while (level.size > 0) {
    const below = new Map<string, DriveFile[]>();
    for await (const { name, file } of childrenOf(lookup, level, options)) {
      if (file.isFolder) {
        if (`${name}/`.startsWith(prefix)) below.set(name, [...(below.get(name) ?? []), file]);
        continue;
      }
      const other = files.get(name);
      const counts = other === undefined || byAge(file, other) < 0;
      if (name.startsWith(prefix) && counts) files.set(name, file);
    }
    for (const [path, found] of below) folders.remember(path, found);
    level = new Map([...below].flatMap(([path, found]) => found.map(({ id }) => [id, path] as const)));
  }
  for (const [name, file] of files) seen.set(name, file);
  return files;
}

async function* childrenOf(
  { client, removed }: Lookup,
  level: ReadonlyMap<string, string>,
  options: CallOptions,
): AsyncGenerator<{ readonly name: string; readonly file: DriveFile }> {
  const ids = [...level.keys()];
  for (let done = 0; done < ids.length; done += FOLDERS_A_QUERY) {
    const some = ids.slice(done, done + FOLDERS_A_QUERY);
    const q = `trashed = false and (${some.map((id) => `${quoted(id)} in parents`).join(" or ")})`;
    for await (const files of query(client, q, options)) {
      for (const file of files) {
        const folder = file.parents.map((id) => level.get(id)).find((path) => path !== undefined);
        if (folder === undefined || removed.has(file.id)) continue;
        const name = folder === "" ? file.name : `${folder}/${file.name}`;
        if (isName(name)) yield { name, file };
      }
    }
  }
}
