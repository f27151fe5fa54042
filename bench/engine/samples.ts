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
import { DatabaseSync } from "node:sqlite";
import { makeBrowserProfile } from "./browser-profile.ts";

/** A folder to save, and a small change that happens to it. */
export interface Sample {
  readonly name: string;
  readonly folder: string;
  /** Makes the folder another one by a little; every number gives another change. */
  change(number: number): void;
}

const ROOT = join(import.meta.dirname, "..", "..");
const CACHE = join(ROOT, ".cache", "bench");
const FILES_WANTED = 13_000;
/** Larger ones are programs for one kind of machine, and hide the cost of many files. */
const FILE_MAX_BYTES = 4_000_000;

/** About 13,000 files and 200 MB: the dependencies of this project, several times with other letters. */
export function nodeModulesSample(): Sample {
  const folder = cached("node-modules", (target) => copyNodeModules(target));
  return {
    name: "node_modules",
    folder,
    change: (number) => writeFileSync(join(folder, "changed.json"), `{ "change": ${number} }\n`),
  };
}

/** About 60 MB of a profile that Chromium wrote; a cookie changes. */
export async function browserProfileSample(chromium: string): Promise<Sample> {
  const target = join(CACHE, "browser-profile");
  if (!existsSync(target)) await makeBrowserProfile(chromium, target);
  return {
    name: "browser profile",
    folder: target,
    change: (number) => {
      using database = new DatabaseSync(join(target, "Default", "Cookies"));
      database
        .prepare("UPDATE cookies SET last_access_utc = ? WHERE rowid = (SELECT min(rowid) FROM cookies)")
        .run(number);
    },
  };
}

function cached(name: string, make: (target: string) => void): string {
  const target = join(CACHE, name);
  if (existsSync(target)) return target;
  const unfinished = `${target}.${process.pid}`;
  try {
    mkdirSync(unfinished, { recursive: true });
    make(unfinished);
    renameSync(unfinished, target);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return target;
}

function copyNodeModules(target: string): void {
  const source = join(ROOT, "node_modules");
  const files = readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => statSync(path).size <= FILE_MAX_BYTES);
  for (let copy = 0; copy * files.length < FILES_WANTED - files.length / 2; copy++) {
    for (const path of files) {
      const copied = join(target, `copy-${copy}`, path.slice(source.length));
      mkdirSync(dirname(copied), { recursive: true });
      writeFileSync(copied, withOtherLetters(readFileSync(path), copy));
    }
  }
}

/** Moves every letter on in the alphabet: as easy to compress, and not a byte string seen before. */
function withOtherLetters(bytes: Buffer, by: number): Buffer {
  const table = Uint8Array.from({ length: 256 }, (_, byte) => {
    const first = byte >= 97 && byte <= 122 ? 97 : byte >= 65 && byte <= 90 ? 65 : null;
    return first === null ? byte : first + ((byte - first + by) % 26);
  });
  return by === 0 ? bytes : (bytes.map((byte) => table[byte] ?? 0) as Buffer);
}
