import {
  appendFileSync,
  closeSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { contentDefinedCut, type Cut } from "../../src/capture/chunker.ts";
import { FileReader, type ReadFile } from "../../src/capture/read-file.ts";
import type { BlobWriter } from "../../src/repository/blob-writer.ts";
import { type Id, idOf } from "../../src/repository/ids.ts";
import { runs } from "../support/property.ts";
import { createRandom } from "../support/random.ts";
import { makeSpecialFile } from "../support/syscalls.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { cutWhole } from "./cut-whole.ts";
import { bytePath } from "./saving.ts";

const MIB = 1024 * 1024;
const random = createRandom(1);
const noise = random.bytes(10 * MIB);
const byContent = contentDefinedCut("secret");

interface Reading {
  readonly result: ReadFile | null;
  /** What the blobs hold, one after the other. */
  readonly content: Buffer;
}

/** Looks at a file, does something to it, and reads it. */
async function read(
  path: string,
  cut: Cut = byContent,
  meanwhile: () => void = () => undefined,
): Promise<Reading> {
  const blobs = new Map<Id, Buffer>();
  const writer = collectInto(blobs);
  const stats = lstatSync(path, { bigint: true });
  meanwhile();
  const result = await new FileReader(writer, cut).read(bytePath(path), stats);
  const parts = (result?.content ?? []).map((id) => blobs.get(id) ?? Buffer.from("never added"));
  return { result, content: Buffer.concat(parts) };
}

/** What a reader needs of a writer, without the threads that a real one starts. */
function collectInto(blobs: Map<Id, Buffer>): BlobWriter {
  const add = (_type: string, bytes: Uint8Array): Id => {
    const id = idOf(bytes);
    if (!blobs.has(id)) blobs.set(id, Buffer.from(bytes));
    return id;
  };
  return { add, full: false } as unknown as BlobWriter;
}

/** Cuts by content, and does something to the file whenever it is asked for a cut at the file's start. */
function meddling(meddle: (attempt: number) => void): Cut {
  let attempt = 0;
  return (bytes, position) => {
    if (position === 0) meddle((attempt += 1));
    return byContent(bytes, position);
  };
}

test("a file comes back, cut as its content says, whatever its size", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("file");
  const sizes = [
    0,
    1,
    65_535,
    65_536,
    65_537,
    MIB - 1,
    MIB,
    MIB + 1,
    4 * MIB - 1,
    4 * MIB,
    4 * MIB + 1,
    9 * MIB + 5,
  ];
  for (const size of [...sizes, random.between(0, 10 * MIB), random.between(0, MIB)]) {
    const content = noise.subarray(0, size);
    writeFileSync(path, content);
    const { result, content: saved } = await read(path);
    expect(saved.equals(content)).toBe(true);
    expect(result).toMatchObject({ sizeBytes: size, readBytes: size, unsteady: false });
    expect(result?.content).toEqual(idsOf(content));
  }
});

test("holes are not read, and come back as zeros", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("file");
  const island = fc.record({ offset: fc.nat(6 * MIB), length: fc.integer({ min: 1, max: 200_000 }) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(island, { maxLength: 3 }),
      fc.integer({ min: 2 * MIB, max: 8 * MIB }),
      async (islands, size) => {
        const fd = openSync(path, "w+");
        for (const { offset, length } of islands) writeSync(fd, noise, 0, length, offset);
        ftruncateSync(fd, size);
        closeSync(fd);
        const { result, content } = await read(path);
        expect(content.equals(readFileSync(path))).toBe(true);
        expect(result).toMatchObject({ sizeBytes: size, unsteady: false });
        // A piece of 1 MiB is read when anything is in it.
        if (isSparse(path)) expect(result?.readBytes).toBeLessThanOrEqual(2 * MIB * islands.length);
      },
    ),
    runs(8),
  );
});

describe("a file that changes while it is read", () => {
  test("once, is read again: what is saved is one moment", async () => {
    await using folder = await temporaryFolder();
    const path = folder.at("file");
    writeFileSync(path, noise.subarray(0, 5 * MIB));
    const after = noise.subarray(1 * MIB, 7 * MIB);
    const { result, content } = await read(
      path,
      meddling((attempt) => attempt === 1 && writeFileSync(path, after)),
    );
    expect(content.equals(after)).toBe(true);
    expect(result).toMatchObject({ sizeBytes: 6 * MIB, unsteady: false });
    expect(result?.readBytes).toBeGreaterThan(6 * MIB);
    expect(result?.stats.mtimeNs).toBe(lstatSync(path, { bigint: true }).mtimeNs);
  });

  const changes: readonly (readonly [string, (path: string, attempt: number) => void])[] = [
    ["growing", (path) => appendFileSync(path, "more")],
    ["shrinking", (path, attempt) => truncateSync(path, 2 * MIB - attempt * 1_000)],
    ["overwritten", (path, attempt) => overwrite(path, `${attempt}`)],
    ["touched", (path, attempt) => utimesSync(path, attempt, attempt)],
  ];
  test.each(changes)("all the time (%s), is read three times, and told of", async (_, change) => {
    await using folder = await temporaryFolder();
    const path = folder.at("file");
    writeFileSync(path, noise.subarray(0, 2 * MIB));
    let attempts = 0;
    const { result, content } = await read(
      path,
      meddling((attempt) => {
        attempts = attempt;
        change(path, attempt);
      }),
    );
    expect(attempts).toBeLessThanOrEqual(3);
    expect(result?.unsteady).toBe(true);
    expect(content.byteLength).toBe(result?.sizeBytes);
  });

  test("to nothing, is saved empty", async () => {
    await using folder = await temporaryFolder();
    const path = folder.at("file");
    writeFileSync(path, noise.subarray(0, 3 * MIB));
    const { result } = await read(
      path,
      meddling(() => truncateSync(path)),
    );
    expect(result).toMatchObject({ content: [], sizeBytes: 0, unsteady: false });
  });

  test("after it was found and before it was opened, is read as it is then", async () => {
    await using folder = await temporaryFolder();
    const path = folder.at("file");
    writeFileSync(path, "old content");
    writeFileSync(folder.at("other"), "the other file is longer");
    const { result, content } = await read(path, byContent, () => renameSync(folder.at("other"), path));
    expect(content.toString()).toBe("the other file is longer");
    expect(result?.unsteady).toBe(false);
    expect(result?.stats.ino).toBe(lstatSync(path, { bigint: true }).ino);
  });
});

describe("what has taken a file's place", () => {
  async function readReplaced(replace: (path: string) => void): Promise<Reading> {
    await using folder = await temporaryFolder();
    const path = folder.at("file");
    writeFileSync(path, "content");
    return await read(path, byContent, () => {
      rmSync(path);
      replace(path);
    });
  }

  test.each([
    ["a pipe", (path: string) => makeSpecialFile(Buffer.from(path), "fifo", 0o600)],
    ["a folder", (path: string) => mkdirSync(path)],
  ])("%s is no file, and nobody waits for it", async (_, replace) => {
    expect((await readReplaced(replace)).result).toBeNull();
  });

  test.each([
    ["a link", "ELOOP", (path: string) => symlinkSync("/etc/passwd", path)],
    ["a socket", "ENXIO", (path: string) => makeSpecialFile(Buffer.from(path), "socket", 0o600)],
    ["nothing", "ENOENT", () => undefined],
  ])("%s is not opened", async (_, code, replace) => {
    await expect(readReplaced(replace)).rejects.toMatchObject({ code, syscall: "open" });
  });

  test("a device that never ends is no file", async () => {
    await using folder = await temporaryFolder();
    writeFileSync(folder.at("file"), noise.subarray(0, MIB));
    const stats = lstatSync(folder.at("file"), { bigint: true });
    const reader = new FileReader(collectInto(new Map()), byContent);
    expect(await reader.read(bytePath("/dev/zero"), stats)).toBeNull();
  });
});

function idsOf(content: Buffer): string[] {
  let position = 0;
  return cutWhole(byContent, content).map((length) => idOf(content.subarray(position, (position += length))));
}

function overwrite(path: string, text: string): void {
  const fd = openSync(path, "r+");
  writeSync(fd, text);
  closeSync(fd);
}

function isSparse(path: string): boolean {
  const { size, blocks } = lstatSync(path);
  return blocks * 512 < size;
}
