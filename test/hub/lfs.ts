import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

/** What a pointer says: the SHA-256 and the size of the content elsewhere. */
export interface Pointer {
  readonly oid: string;
  readonly sizeBytes: number;
}

/** An object that was pushed. */
export interface LfsObject extends Pointer {
  /** One of the paths that it was committed under; '' before that. */
  readonly filename: string;
  readonly pushedMs: number;
}

const MAX_POINTER_BYTES = 1024;
const POINTER = /^version https:\/\/git-lfs\.github\.com\/spec\/v1\noid sha256:([0-9a-f]{64})\nsize (\d+)\n$/;

/** The text that git keeps in place of the content, as `git lfs` writes it. */
export function pointerText({ oid, sizeBytes }: Pointer): Buffer {
  return Buffer.from(`version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${sizeBytes}\n`);
}

/** `null` when the blob is not a pointer. */
export function parsePointer(blob: Buffer): Pointer | null {
  if (blob.length > MAX_POINTER_BYTES) return null;
  const match = POINTER.exec(blob.toString("latin1"));
  return match?.[1] === undefined ? null : { oid: match[1], sizeBytes: Number(match[2]) };
}

/** The LFS objects of one repository, a file each, with what is known about it beside it. */
export class LfsStore {
  readonly #folder: string;
  readonly #objects = new Map<string, LfsObject>();

  constructor(folder: string) {
    this.#folder = folder;
    for (const name of existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }) : []) {
      const oid = /^..[/]([0-9a-f]{64})$/.exec(name)?.[1];
      if (oid !== undefined) this.#objects.set(oid, this.#load(oid));
    }
  }

  get(oid: string): LfsObject | null {
    return this.#objects.get(oid) ?? null;
  }

  list(): LfsObject[] {
    return [...this.#objects.values()].toSorted((a, b) => (a.oid < b.oid ? -1 : 1));
  }

  read(oid: string): Buffer {
    return readFileSync(this.#pathOf(oid));
  }

  write(oid: string, bytes: Buffer, nowMs: number): void {
    const path = this.#pathOf(oid);
    mkdirSync(dirname(path), { recursive: true });
    this.#describe({
      oid,
      sizeBytes: bytes.length,
      filename: this.get(oid)?.filename ?? "",
      pushedMs: nowMs,
    });
    writeFileSync(`${path}.new`, bytes);
    renameSync(`${path}.new`, path);
  }

  /** Notes the path of a commit, which the list of LFS files shows. */
  name(oid: string, filename: string): void {
    const object = this.get(oid);
    if (object?.filename === "") this.#describe({ ...object, filename });
  }

  remove(oid: string): void {
    rmSync(this.#pathOf(oid), { force: true });
    rmSync(`${this.#pathOf(oid)}.json`, { force: true });
    this.#objects.delete(oid);
  }

  #pathOf(oid: string): string {
    return join(this.#folder, oid.slice(0, 2), oid);
  }

  #describe(object: LfsObject): void {
    const { filename, pushedMs } = object;
    writeFileSync(`${this.#pathOf(object.oid)}.json`, JSON.stringify({ filename, pushedMs }));
    this.#objects.set(object.oid, object);
  }

  #load(oid: string): LfsObject {
    const path = this.#pathOf(oid);
    const notes = JSON.parse(readFileSync(`${path}.json`, "utf8")) as Pick<
      LfsObject,
      "filename" | "pushedMs"
    >;
    return { oid, sizeBytes: statSync(path).size, ...notes };
  }
}
