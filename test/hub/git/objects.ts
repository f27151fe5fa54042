import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { deflateSync, inflateSync } from "node:zlib";

/** The kinds of object that the stand-in makes. */
export type ObjectType = "blob" | "tree" | "commit";

/** An object of git: what it is and its content. */
export interface GitObject {
  readonly type: ObjectType;
  readonly bytes: Buffer;
}

/** Parsed trees and commits are small and asked for again and again. */
const MAX_CACHED_OBJECTS = 20_000;
const MAX_CACHED_BYTES = 64 * 1024;

/**
 * The loose objects of a bare repository of git. Calls are synchronous, so that a commit is one
 * instant for everybody who asks.
 */
export class ObjectStore {
  readonly #folder: string;
  readonly #cache = new Map<string, GitObject>();

  /** @param folder the bare repository */
  constructor(folder: string) {
    this.#folder = join(folder, "objects");
  }

  /** @returns its SHA-1, in hexadecimal */
  write(type: ObjectType, bytes: Buffer): string {
    const whole = Buffer.concat([Buffer.from(`${type} ${bytes.length}\0`), bytes]);
    const oid = createHash("sha1").update(whole).digest("hex");
    const path = this.pathOf(oid);
    if (existsSync(path)) return oid;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.new`, deflateSync(whole, { level: 1 }));
    renameSync(`${path}.new`, path);
    this.#remember(oid, { type, bytes });
    return oid;
  }

  read(oid: string): GitObject {
    const known = this.#cache.get(oid);
    if (known !== undefined) return known;
    const whole = inflateSync(readFileSync(this.pathOf(oid)));
    const end = whole.indexOf(0);
    const type = whole.subarray(0, end).toString().split(" ")[0] as ObjectType;
    const object = { type, bytes: whole.subarray(end + 1) };
    this.#remember(oid, object);
    return object;
  }

  has(oid: string): boolean {
    return existsSync(this.pathOf(oid));
  }

  pathOf(oid: string): string {
    return join(this.#folder, oid.slice(0, 2), oid.slice(2));
  }

  #remember(oid: string, object: GitObject): void {
    if (object.bytes.length > MAX_CACHED_BYTES) return;
    if (this.#cache.size >= MAX_CACHED_OBJECTS) this.#cache.clear();
    this.#cache.set(oid, object);
  }
}
