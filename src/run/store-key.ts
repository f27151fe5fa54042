import { resolve } from "node:path";
import { localFolderOf } from "../stores/open.ts";

/** The same text for the same store, in whichever folder a process was started that names it. */
export function storeKey(store: string): string {
  const folder = localFolderOf(store);
  return folder === null ? store : resolve(folder);
}
