import { readdirSync } from "node:fs";
import { LEASE_PREFIX } from "../operations/lease-prefix.ts";
import { localFolderOf } from "../stores/open.ts";

/**
 * Whether a store is certainly empty, as far as that can be told without asking anybody: a folder of this
 * machine that is not there, or holds nothing but leases. The first start of an app need not wait for more.
 */
export function isCertainlyEmpty(store: string): boolean {
  const folder = localFolderOf(store);
  if (folder === null) return false;
  try {
    return readdirSync(folder).every((name) => `${name}/` === LEASE_PREFIX);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}
