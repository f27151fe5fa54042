import {
  chmodSync,
  closeSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { createRandom } from "./random.ts";
import { makeSpecialFile, setAttribute, setModifiedTime } from "./syscalls.ts";

/** What to put in, where the defaults are too much for a given program. */
export interface NastyTreeOptions {
  readonly seed?: number;
  /** Size that the largest sparse file shows; a few hundred KiB of it are data. */
  readonly sparseSizeBytes?: number;
  readonly smallFiles?: number;
  /** Length of the longest path below the root, in bytes. */
  readonly longestPathBytes?: number;
  /** Symbolic links whose target is not UTF-8. restic before 0.17 cannot keep them. */
  readonly rawLinkTargets?: boolean;
  /** Set-id and sticky bits. A restore of ours drops set-id bits on purpose. */
  readonly setIdBits?: boolean;
  readonly sockets?: boolean;
}

const GIB = 1024 ** 3;
const SEGMENT_BYTES = 199;
const NS_PER_SECOND = 1_000_000_000n;

/** Makes `root`, which must not exist, with everything in it that a backup program gets wrong. */
export function makeNastyTree(root: string, options: NastyTreeOptions = {}): void {
  mkdirSync(root);
  const tree = new Builder(root, options.seed ?? 1);
  addContents(tree);
  addSparseFiles(tree, options.sparseSizeBytes ?? 5 * GIB);
  addSmallFiles(tree, options.smallFiles ?? 10_000);
  addNames(tree);
  addLinks(tree, options.rawLinkTargets ?? true);
  addAttributes(tree);
  addSpecialFiles(tree, options.sockets ?? true);
  addLongPath(tree, options.longestPathBytes ?? 4_000);
  addTimes(tree);
  addModes(tree, options.setIdBits ?? true); // last: read-only folders take no more entries
}

/** Paths below one root; names may be any bytes. */
class Builder {
  readonly random: ReturnType<typeof createRandom>;
  readonly #root: Buffer;

  constructor(root: string, seed: number) {
    this.random = createRandom(seed);
    this.#root = Buffer.from(root + "/");
  }

  at(name: string | Buffer): Buffer {
    return Buffer.concat([this.#root, Buffer.from(name)]);
  }

  folder(name: string | Buffer): void {
    mkdirSync(this.at(name));
  }

  file(name: string | Buffer, content: string | Uint8Array = `content of ${name.toString("hex")}\n`): void {
    writeFileSync(this.at(name), content, { flag: "wx" });
  }
}

function addContents(tree: Builder): void {
  tree.file("empty", "");
  tree.file("one-byte", "x");
  tree.file("zero-byte", Buffer.alloc(1));
  tree.file("all-zero.bin", Buffer.alloc(3_000_000)); // written out, not a hole
  tree.file("random.bin", tree.random.bytes(9_000_001));
  tree.file("compressible.txt", "the tide comes in, the tide goes out\n".repeat(100_000));
  tree.folder("empty folder");
  for (const pageField of [4096, 1 /* says 65,536 */, 0, 1234]) {
    const header = Buffer.alloc(100);
    header.write("SQLite format 3\0", "latin1");
    header.writeUInt16BE(pageField, 16);
    tree.file(`pages-${pageField}.sqlite`, Buffer.concat([header, tree.random.bytes(300_000)]));
  }
  tree.file("magic-only.sqlite", "SQLite format 3\0");
}

function addSparseFiles(tree: Builder, sizeBytes: number): void {
  const islands = [0, 0.33, 0.5, 0.99].map((part) => Math.floor(sizeBytes * part) + (part === 0.5 ? 1 : 0));
  const sparse = openSync(tree.at("sparse.bin"), "wx");
  for (const position of islands) {
    writeSync(sparse, tree.random.bytes(100_003), 0, Math.min(100_003, sizeBytes - position), position);
  }
  ftruncateSync(sparse, sizeBytes); // ends in a hole
  closeSync(sparse);

  const lastByte = openSync(tree.at("hole-then-byte.bin"), "wx");
  writeSync(lastByte, Buffer.from("x"), 0, 1, 20_000_000);
  closeSync(lastByte);

  const hole = openSync(tree.at("hole-only.bin"), "wx");
  ftruncateSync(hole, 10_000_001);
  closeSync(hole);
}

function addSmallFiles(tree: Builder, count: number): void {
  tree.folder("many");
  for (let i = 0; i < count; i++) {
    const folder = `many/${String(Math.floor(i / 100)).padStart(3, "0")}`;
    if (i % 100 === 0) tree.folder(folder);
    tree.file(
      `${folder}/${i}`,
      i % 7 === 0 ? "same in many files" : tree.random.bytes(tree.random.between(0, 400)),
    );
  }
}

function addNames(tree: Builder): void {
  tree.folder("names");
  const texts = [
    "🦭 emoji 👩‍👩‍👧",
    "line\nbreak",
    "tab\tand\rreturn",
    `"double" 'single' \`back\``,
    "back\\slash",
    "trailing space ",
    " leading",
    "-dash",
    "--help",
    "...",
    "..hidden",
    "~",
    "$HOME",
    "*",
    "?",
    "[a-z]",
    "<html>&amp;",
    "line\u2028separator\u2029",
    "\\u003c",
    "\\xff",
    "\\n",
    "%41",
    "\x01\x02\x1f\x7f",
    "caf\u00e9",
    "cafe\u0301",
    "\ufeffbom",
    "\ufffd",
    "漢字",
    "x".repeat(255),
    "CON",
    "a:b",
    "a|b",
  ];
  const raws = [
    [0xff, 0xfe],
    [0x80],
    [0xc3],
    [0x61, 0xe2, 0x82],
    [0xed, 0xa0, 0x80],
    [0xf0, 0x28, 0x8c, 0x28],
    [0x22, 0xff, 0x5c, 0x0a],
  ];
  for (const name of texts) tree.file(`names/${name}`);
  for (const raw of raws) tree.file(Buffer.from([...Buffer.from("names/"), ...raw]));
  tree.folder(Buffer.from([...Buffer.from("names/folder "), 0xff]));
  tree.file(Buffer.from([...Buffer.from("names/folder "), 0xff, ...Buffer.from("/inside")]));
}

function addLinks(tree: Builder, rawTargets: boolean): void {
  tree.folder("links");
  tree.folder("links/deeper");
  tree.file("links/first", tree.random.bytes(70_000));
  linkSync(tree.at("links/first"), tree.at("links/second"));
  linkSync(tree.at("links/first"), tree.at("links/deeper/third"));
  linkSync(tree.at("links/first"), tree.at("a-fourth")); // sorts before the others, in another folder
  tree.file("links/other-group");
  linkSync(tree.at("links/other-group"), tree.at("links/deeper/other-group"));
  tree.file("links/empty", "");
  linkSync(tree.at("links/empty"), tree.at("links/empty-too"));

  const targets: readonly (readonly [string, string | Buffer])[] = [
    ["to-file", "first"],
    ["to-folder", "deeper"],
    ["upwards", "../.."],
    ["absolute", "/etc/hostname"],
    ["dangling", "no/such/thing"],
    ["loop-a", "loop-b"],
    ["loop-b", "loop-a"],
    ["self", "self"],
    ["emoji", '🦭\n"\\'],
    ["long", "x/".repeat(1000)],
    ["dot", "."],
  ];
  for (const [name, target] of targets) symlinkSync(target, tree.at(`links/${name}`));
  if (rawTargets) symlinkSync(Buffer.from([0xff, 0x2f, 0x80]), tree.at("links/raw-target"));
}

function addAttributes(tree: Builder): void {
  tree.folder("attributes");
  tree.file("attributes/file");
  tree.folder("attributes/folder");
  for (const name of ["attributes/file", "attributes/folder"]) {
    setAttribute(tree.at(name), "user.text", Buffer.from("plain text"));
    setAttribute(tree.at(name), "user.binary", Buffer.from(Array.from({ length: 256 }, (_, i) => i)));
    setAttribute(tree.at(name), "user.empty", Buffer.alloc(0));
    setAttribute(tree.at(name), "user.🦭", Buffer.from([0]));
  }
  tree.file("attributes/large");
  setAttribute(tree.at("attributes/large"), "user.large", tree.random.bytes(3_000));
}

function addSpecialFiles(tree: Builder, sockets: boolean): void {
  tree.folder("special");
  makeSpecialFile(tree.at("special/fifo"), "fifo", 0o640);
  if (sockets) makeSpecialFile(tree.at("special/socket"), "socket", 0o755);
}

/** Made by way of folder handles, as the absolute path can be longer than the system takes. */
function addLongPath(tree: Builder, lengthBytes: number): void {
  let anchor = openSync(tree.at("."), "r");
  let leftBytes = lengthBytes;
  while (leftBytes > SEGMENT_BYTES) {
    const name = "d".repeat(Math.min(SEGMENT_BYTES, leftBytes - 2));
    const path = `/proc/self/fd/${anchor}/${name}`;
    mkdirSync(path);
    const next = openSync(path, "r");
    closeSync(anchor);
    anchor = next;
    leftBytes -= name.length + 1;
  }
  writeFileSync(`/proc/self/fd/${anchor}/${"f".repeat(leftBytes)}`, "at the end of a long path\n", {
    flag: "wx",
  });
  closeSync(anchor);
}

function addTimes(tree: Builder): void {
  tree.folder("times");
  const times: readonly (readonly [string, bigint])[] = [
    ["epoch", 0n],
    ["one ns after", 1n],
    ["one ns before", -1n],
    ["before 1970", -1_234_567_890n * NS_PER_SECOND + 123_456_789n],
    ["last ns of 1999", 946_684_799n * NS_PER_SECOND + 999_999_999n],
    ["trailing zeros", 1_600_000_000n * NS_PER_SECOND + 120_000_000n],
    ["after 2038", 2_200_000_000n * NS_PER_SECOND + 7n],
    ["far future", 8_000_000_000n * NS_PER_SECOND + 1n],
  ];
  for (const [name, timeNs] of times) {
    tree.file(`times/${name}`);
    setModifiedTime(tree.at(`times/${name}`), timeNs);
  }
  symlinkSync("epoch", tree.at("times/link"));
  setModifiedTime(tree.at("times/link"), 1_500_000_000n * NS_PER_SECOND + 5n);
  setModifiedTime(tree.at("times"), 1_000_000_000n * NS_PER_SECOND + 999_999_999n);
  setModifiedTime(tree.at("empty folder"), 3n);
}

function addModes(tree: Builder, setIdBits: boolean): void {
  tree.folder("modes");
  for (const mode of [0o400, 0o444, 0o600, 0o777, 0o421, 0o111 | 0o400]) {
    tree.file(`modes/${mode.toString(8)}`);
    chmodSync(tree.at(`modes/${mode.toString(8)}`), mode);
  }
  tree.folder("modes/sticky");
  chmodSync(tree.at("modes/sticky"), 0o1777);
  if (setIdBits) {
    tree.file("modes/setuid");
    chmodSync(tree.at("modes/setuid"), 0o4755);
    tree.folder("modes/setgid");
    chmodSync(tree.at("modes/setgid"), 0o2755);
  }
  tree.folder("modes/read-only");
  tree.folder("modes/read-only/also");
  tree.file("modes/read-only/file");
  tree.file("modes/read-only/also/file");
  for (const name of ["modes/read-only/also", "modes/read-only"]) chmodSync(tree.at(name), 0o555);
}
