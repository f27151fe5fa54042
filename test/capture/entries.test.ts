import {
  type BigIntStats,
  closeSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  readdirSync,
  writeFileSync,
} from "node:fs";
import { describe, expect, test } from "vitest";
import { type ByteString, fromBytes, toBytes, toPath } from "../../src/base/byte-string.ts";
import { GO_MODE, type Node } from "../../src/repository/node.ts";
import { LONG } from "../support/long.ts";
import { makeNastyTree } from "../support/nasty-tree.ts";
import { run } from "../support/run.ts";
import { readAttributes, setAttribute } from "../support/syscalls.ts";
import { longAgo, savedContent, savedEntries, type Scene, scene } from "./saving.ts";

/** Every path below a folder, as bytes. */
function pathsBelow(root: ByteString): ByteString[] {
  const found: ByteString[] = [];
  const folders = [""];
  for (const folder of folders) {
    for (const name of readdirSync(toPath(`${root}/${folder}` as ByteString), "latin1")) {
      const path = `${folder}${name}` as ByteString;
      found.push(path);
      if (lstatSync(toPath(`${root}/${path}` as ByteString)).isDirectory()) folders.push(`${path}/`);
    }
  }
  return found;
}

const KINDS: readonly (readonly [is: (stats: BigIntStats) => boolean, type: Node["type"], flags: number])[] =
  [
    [(stats) => stats.isFile(), "file", 0],
    [(stats) => stats.isDirectory(), "dir", GO_MODE.dir],
    [(stats) => stats.isSymbolicLink(), "symlink", GO_MODE.symlink],
    [(stats) => stats.isFIFO(), "fifo", GO_MODE.namedPipe],
    [(stats) => stats.isSocket(), "socket", GO_MODE.socket],
    [(stats) => stats.isCharacterDevice(), "chardev", GO_MODE.device + GO_MODE.charDevice],
    [(stats) => stats.isBlockDevice(), "dev", GO_MODE.device],
  ];

/** What a node has to say of a path, by our own look at it. */
function expectedNode(path: ByteString): Partial<Node> {
  const stats = lstatSync(toPath(path), { bigint: true });
  const kind = KINDS.find(([is]) => is(stats));
  const mode = Number(stats.mode);
  const flags = [
    [0o4000, GO_MODE.setuid],
    [0o2000, GO_MODE.setgid],
    [0o1000, GO_MODE.sticky],
  ] as const;
  const special = flags.reduce((sum, [bit, flag]) => sum + ((mode & bit) === 0 ? 0 : flag), kind?.[2] ?? 0);
  const isFolder = stats.isDirectory();
  return {
    type: kind?.[1] ?? "irregular",
    mode: special + (mode & 0o777),
    mtimeNs: stats.mtimeNs,
    ctimeNs: stats.ctimeNs,
    inode: stats.ino,
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    links: isFolder ? 0 : Number(stats.nlink),
    size: stats.isFile() ? Number(stats.size) : 0,
    deviceId: !isFolder && stats.nlink > 1n ? stats.dev : 0n,
    linkTarget: stats.isSymbolicLink() ? fromBytes(readlinkSync(toPath(path), "buffer")) : null,
  };
}

test("every entry of a nasty tree is saved as it is, and known again", async () => {
  await using place = await scene();
  const root = place.at("tree");
  makeNastyTree(root, { smallFiles: 100, sparseSizeBytes: 50_000_000, longestPathBytes: 3_900 });
  const { snapshot, problems, counts } = await place.save({ folders: [root] });
  expect(problems).toEqual([]);
  const entries = await savedEntries(place.repository, snapshot, root);
  const paths = pathsBelow(fromBytes(Buffer.from(root)));
  expect([...entries.keys()].sort()).toEqual([...paths].sort());
  let stateBytes = 0;
  for (const path of paths) {
    const absolute = `${root}/${path}` as ByteString;
    const node = entries.get(path);
    expect({ path, ...node }).toMatchObject({ path, ...expectedNode(absolute) });
    const attributes = node?.extendedAttributes.map(({ name, value }) => [
      name,
      Buffer.from(value).toString("hex"),
    ]);
    expect(new Map(attributes as [string, string][])).toEqual(attributesOf(absolute));
    if (node?.type !== "file") continue;
    stateBytes += node.size;
    if (node.size > 20_000_000) continue;
    expect((await savedContent(place.repository, node)).equals(readFileSync(toPath(absolute)))).toBe(true);
  }
  expect(counts.stateBytes).toBe(stateBytes);
  const again = await place.save({ folders: [root], parent: longAgo(snapshot) });
  expect(again.snapshot.tree).toBe(snapshot.tree);
  expect(again.counts).toMatchObject({ readBytes: 0, filesNew: 0, filesChanged: 0 });
});

test("hard links share an inode and a device, and their content is stored once", async () => {
  await using place = await scene();
  writeFileSync(place.at("a"), "the content");
  linkSync(place.at("a"), place.at("b"));
  const { snapshot } = await place.save();
  const entries = await savedEntries(place.repository, snapshot);
  const [a, b] = [entries.get("a"), entries.get("b")];
  expect(a).toMatchObject({ links: 2, inode: b?.inode, deviceId: b?.deviceId, content: b?.content });
  expect(a?.deviceId).not.toBe(0n);
  expect(snapshot.summary?.dataBlobs).toBe(1);
});

test.skipIf(process.getuid?.() !== 0)("devices are recorded with their numbers, and not read", async () => {
  await using place = await scene();
  await run("mknod", [place.at("zero"), "c", "1", "5"]);
  await run("mknod", [place.at("loop"), "b", "7", "200"]);
  const { snapshot } = await place.save();
  const entries = await savedEntries(place.repository, snapshot);
  for (const name of ["zero", "loop"]) {
    const { rdev } = lstatSync(place.at(name), { bigint: true });
    expect(entries.get(name)).toMatchObject({
      device: rdev,
      content: null,
      ...expectedNode(place.at(name) as ByteString),
    });
  }
});

test("attributes of the state folder itself are saved, and only those of users", async () => {
  await using place = await scene();
  setAttribute(Buffer.from(place.state), "user.note", Buffer.from("of the folder"));
  if (process.getuid?.() === 0)
    setAttribute(Buffer.from(place.state), "trusted.note", Buffer.from("of root"));
  const { snapshot } = await place.save();
  const parent = place.state.slice(0, place.state.lastIndexOf("/"));
  const node = (await savedEntries(place.repository, snapshot, parent)).get("s");
  expect(node?.extendedAttributes.map(({ name }) => name)).toEqual(["user.note"]);
});

describe("folders nested", () => {
  test("by paths longer than the system takes are saved", async () => {
    await using place = await scene();
    makeDeep(place, 40, "d".repeat(200));
    const { snapshot, problems } = await place.save();
    expect(problems).toEqual([]);
    expect((await savedEntries(place.repository, snapshot)).size).toBe(41);
  });

  test.runIf(LONG)("without an end are refused", async () => {
    await using place = await scene();
    makeDeep(place, 4_097, "d");
    await expect(place.save()).rejects.toMatchObject({ name: "HoldfastError", code: "CONFIG" });
  });
});

/** `depth` folders in one another, and a file in the last. */
function makeDeep(place: Scene, depth: number, name: string): void {
  let anchor = openSync(place.state, "r");
  for (let made = 0; made < depth; made += 1) {
    const path = `/proc/self/fd/${anchor}/${name}`;
    mkdirSync(path);
    const next = openSync(path, "r");
    closeSync(anchor);
    anchor = next;
  }
  writeFileSync(`/proc/self/fd/${anchor}/f`, "at the bottom");
  closeSync(anchor);
}

function attributesOf(path: ByteString): ReadonlyMap<string, string> {
  const found = [...readAttributes(toBytes(path))].filter(([name]) => name.startsWith("user."));
  return new Map(found.map(([name, value]) => [Buffer.from(name, "latin1").toString(), value]));
}
