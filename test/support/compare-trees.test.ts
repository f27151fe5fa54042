import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compareFolders, type CompareOptions, compareTrees } from "./compare-trees.ts";
import { describeTree, type Tree } from "./describe-tree.ts";
import { makeNastyTree } from "./nasty-tree.ts";
import { makeSpecialFile, readAttributes, setAttribute, setModifiedTime } from "./syscalls.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";

const SMALL = { smallFiles: 20, sparseSizeBytes: 64 * 1024 * 1024, longestPathBytes: 900 } as const;

interface Mutation {
  readonly what: string;
  /** Changes one thing below `root`, times of folders aside. */
  readonly change: (root: string) => void;
  /** What has to be in the list of differences. */
  readonly found: RegExp;
  readonly options?: CompareOptions;
}

const at = (root: string, name: string): Buffer => Buffer.from(join(root, name));

const MUTATIONS: readonly Mutation[] = [
  {
    what: "a byte of content",
    change: (root) => writeFileSync(join(root, "one-byte"), "y"),
    found: /"one-byte": content/,
  },
  { what: "a byte in an island of a sparse file", change: changeIsland, found: /"sparse.bin": content/ },
  {
    what: "a length, by zeros",
    change: (root) => truncateSync(join(root, "hole-only.bin"), 10_000_002),
    found: /"hole-only.bin": size/,
  },
  {
    what: "an added byte",
    change: (root) => appendFileSync(join(root, "empty"), "x"),
    found: /"empty": size 0 became 1/,
  },
  {
    what: "a mode",
    change: (root) => chmodSync(join(root, "one-byte"), 0o640),
    found: /"one-byte": mode 0644 became 0640/,
  },
  {
    what: "a sticky bit",
    change: (root) => chmodSync(join(root, "modes/sticky"), 0o777),
    found: /"modes\/sticky": mode 1777 became 0777/,
  },
  {
    what: "one nanosecond",
    change: (root) => setModifiedTime(at(root, "times/epoch"), 1n),
    found: /"times\/epoch": mtime 0 became 1/,
  },
  {
    what: "the time of a link",
    change: (root) => setModifiedTime(at(root, "times/link"), 1n),
    found: /"times\/link": mtime/,
  },
  {
    what: "the time of a folder",
    change: (root) => setModifiedTime(at(root, "times"), 1n),
    found: /"times": mtime/,
  },
  {
    what: "a missing file",
    change: (root) => unlinkSync(join(root, "one-byte")),
    found: /"one-byte": missing/,
  },
  {
    what: "an additional file",
    change: (root) => writeFileSync(join(root, "new"), ""),
    found: /"new": was not there/,
  },
  {
    what: "an additional folder",
    change: (root) => mkdirSync(join(root, "new")),
    found: /"new": was not there/,
  },
  { what: "a name in another normal form", change: renameAccent, found: /missing/ },
  {
    what: "a file instead of a link",
    change: replaceLink,
    found: /"links\/dangling": type link became file/,
  },
  {
    what: "another link target",
    change: retarget,
    found: /"links\/dangling": target "no\/such\/thing" became "no\/such"/,
  },
  {
    what: "a broken hard link",
    change: breakHardLink,
    found: /"links\/second": same file as "a-fourth" became ""/,
  },
  {
    what: "a hard link into another group",
    change: changeGroup,
    found: /"links\/other-group": same file as/,
  },
  {
    what: "a hard link where there was none",
    change: addHardLink,
    found: /"zero-byte": same file as "" became "one-byte"/,
  },
  {
    what: "a byte of an attribute",
    change: (root) => setAttribute(at(root, "attributes/file"), "user.binary", Buffer.alloc(256)),
    found: /"attributes\/file": attributes/,
  },
  {
    what: "an attribute on a folder",
    change: (root) => setAttribute(at(root, "modes"), "user.new", Buffer.alloc(0)),
    found: /"modes": attributes {2}became "user.new"=/,
  },
  {
    what: "a missing empty attribute",
    change: (root) => execFileSync("setfattr", ["-x", "user.empty", join(root, "attributes/file")]),
    found: /attributes/,
  },
  {
    what: "a socket instead of a fifo",
    change: replaceFifo,
    found: /"special\/fifo": type fifo became socket/,
  },
  {
    what: "a filled hole",
    change: (root) => writeFileSync(join(root, "hole-only.bin"), Buffer.alloc(10_000_001)),
    found: /"hole-only.bin": allocation/,
    options: { sparse: true },
  },
];

describe.skipIf(process.platform !== "linux")("compareFolders", () => {
  let base: TemporaryFolder;
  let expected: Tree;

  beforeAll(async () => {
    base = await temporaryFolder();
    makeNastyTree(base.at("a"), SMALL);
    expected = describeTree(base.at("a"));
  });

  afterAll(() => base[Symbol.asyncDispose]());

  test.each(MUTATIONS)("finds $what", async ({ change, found, options }) => {
    await using folder = await temporaryFolder();
    execFileSync("cp", ["-a", "--sparse=always", base.at("a"), folder.at("b")]);
    change(folder.at("b"));
    expect(compareTrees(expected, describeTree(folder.at("b")), options).join("\n")).toMatch(found);
  });

  test.skipIf(process.getuid?.() !== 0)("finds another owner and group", async () => {
    await using folder = await temporaryFolder();
    makeNastyTree(folder.at("a"), SMALL);
    execFileSync("cp", ["-a", folder.at("a"), folder.at("b")]);
    chownSync(folder.at("b", "one-byte"), 1, 2);
    expect(compareFolders(folder.at("a"), folder.at("b"))).toEqual([
      '"one-byte": uid 0 became 1',
      '"one-byte": gid 0 became 2',
    ]);
  });

  test("says nothing about a copy that is the same", async () => {
    await using folder = await temporaryFolder();
    makeNastyTree(folder.at("a"), SMALL);
    execFileSync("cp", ["-a", "--sparse=always", folder.at("a"), folder.at("b")]);
    expect(compareFolders(folder.at("a"), folder.at("b"), { sparse: true })).toEqual([]);
  });

  test("takes zeros for the same, written out or not, unless holes are asked for", async () => {
    await using folder = await temporaryFolder();
    makeNastyTree(folder.at("a"), SMALL);
    execFileSync("cp", ["-a", "--sparse=never", folder.at("a"), folder.at("b")]);
    expect(compareFolders(folder.at("a"), folder.at("b"))).toEqual([]);
    expect(compareFolders(folder.at("a"), folder.at("b"), { sparse: true })).not.toEqual([]);
  });
});

describe.skipIf(process.platform !== "linux")("makeNastyTree", () => {
  test("makes what it promises", async () => {
    await using folder = await temporaryFolder();
    makeNastyTree(folder.at("a"), { smallFiles: 200, longestPathBytes: 4_000 });
    const tree = describeTree(folder.at("a"));
    const sparse = tree.get("sparse.bin");
    expect(sparse?.sizeBytes).toBe(5 * 1024 ** 3);
    expect(sparse?.allocatedBytes).toBeLessThan(2 * 1024 ** 2);
    expect(Math.max(...[...tree.keys()].map((path) => path.length))).toBe(4_000);
    expect([...tree.keys()].filter((path) => /^many\/\d+\/\d+$/.test(path))).toHaveLength(200);
    expect(tree.get("times/far future")?.mtimeNs).toBe(8_000_000_000_000_000_001n);
    expect(tree.get("times/one ns before")?.mtimeNs).toBe(-1n);
    expect(tree.get("links/raw-target")?.target).toBe("\xff/\x80");
    expect(tree.get("special/socket")?.type).toBe("socket");
    expect(tree.get("modes/setuid")?.mode).toBe(0o4755);
    expect(statSync(folder.at("a", "links/first")).nlink).toBe(4);
  });

  test("writes attributes that other programs read", async () => {
    await using folder = await temporaryFolder();
    makeNastyTree(folder.at("a"), SMALL);
    const other = execFileSync("getfattr", [
      "-d",
      "-e",
      "hex",
      "--absolute-names",
      folder.at("a", "attributes/file"),
    ]).toString();
    const values = readAttributes(at(folder.at("a"), "attributes/file"));
    expect(values.size).toBe(4);
    expect(other).toContain(`user.binary=0x${values.get("user.binary") ?? "?"}`);
    expect(other).toContain("user.text=0x" + Buffer.from("plain text").toString("hex"));
  });

  test("makes the same tree from the same seed", async () => {
    await using folder = await temporaryFolder();
    const digests = ["a", "b", "c"].map((name) => {
      makeNastyTree(folder.at(name), { ...SMALL, seed: name === "c" ? 2 : 1 });
      return [...describeTree(folder.at(name))]
        .map(([path, entry]) => `${path} ${entry.digest} ${entry.mode}`)
        .join("\n");
    });
    expect(digests[1]).toBe(digests[0]);
    expect(digests[2]).not.toBe(digests[0]);
  });
});

function changeIsland(root: string): void {
  execFileSync("dd", [
    "if=/dev/zero",
    `of=${join(root, "sparse.bin")}`,
    "bs=1",
    "count=1",
    "seek=5",
    "conv=notrunc",
    "status=none",
  ]);
}

function renameAccent(root: string): void {
  renameSync(join(root, "names/caf\u00e9"), join(root, "names/CAF\u00e9"));
}

function replaceLink(root: string): void {
  unlinkSync(join(root, "links/dangling"));
  writeFileSync(join(root, "links/dangling"), "no/such/thing");
}

function retarget(root: string): void {
  unlinkSync(join(root, "links/dangling"));
  symlinkSync("no/such", join(root, "links/dangling"));
}

function breakHardLink(root: string): void {
  execFileSync("cp", [
    "-a",
    "--remove-destination",
    join(root, "links/deeper/third"),
    join(root, "links/second.new"),
  ]);
  renameSync(join(root, "links/second.new"), join(root, "links/second"));
}

function changeGroup(root: string): void {
  rmSync(join(root, "links/other-group"));
  linkSync(join(root, "links/first"), join(root, "links/other-group"));
}

function addHardLink(root: string): void {
  rmSync(join(root, "zero-byte"));
  linkSync(join(root, "one-byte"), join(root, "zero-byte"));
}

function replaceFifo(root: string): void {
  unlinkSync(join(root, "special/fifo"));
  makeSpecialFile(at(root, "special/fifo"), "socket", 0o640);
}
