import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Repo } from "./repo.ts";

/** Where the parts of an object wait for the others. */
export function partsFolder(repo: Repo, oid: string): string {
  return join(repo.folder, "parts", oid);
}

/** The `ETag` of what was put. */
export function etagOf(bytes: Buffer): string {
  return `"${createHash("md5").update(bytes).digest("hex")}"`;
}
