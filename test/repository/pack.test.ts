import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type BlobType, openBlob, sealBlobInto } from "../../src/repository/blob.ts";
import { idOf } from "../../src/repository/ids.ts";
import { packName } from "../../src/repository/layout.ts";
import { decodePackHeader, encodePackHeader, headerLengthOf } from "../../src/repository/pack.ts";
import { type FinishedPack, PackBuilder } from "../../src/repository/pack-builder.ts";
import { packFileBytes } from "../../src/repository/pack-sizes.ts";
import { newMasterKey, SEAL_BYTES, seal } from "../../src/repository/sealing.ts";
import { runs, someBytes } from "../support/property.ts";
import { anyId } from "./arbitrary-values.ts";
import { expectDamaged, unlessDamaged } from "./damage.ts";

const keys = newMasterKey();
const blobType = fc.constantFrom<BlobType>("data", "tree");
const content = fc.oneof(
  someBytes(200),
  fc.tuple(fc.nat(255), fc.integer({ min: 100, max: 5_000 })).map(([byte, size]) => Buffer.alloc(size, byte)),
);
const contents = fc.array(content, { minLength: 1, maxLength: 8 });

function build(
  type: BlobType,
  blobs: readonly Uint8Array[],
  builder: PackBuilder = new PackBuilder(),
): FinishedPack {
  for (const bytes of blobs) {
    const target = Buffer.alloc(bytes.byteLength + SEAL_BYTES);
    const sealed = sealBlobInto(keys, bytes, target);
    builder.add(target.subarray(0, sealed.length), [{ type, id: idOf(bytes), ...sealed }]);
  }
  const pack = builder.finish(keys);
  if (pack === null) throw new Error("nothing was added");
  return pack;
}

test("any list of blobs comes back from a header", () => {
  const entry = fc.record({
    type: blobType,
    id: anyId,
    length: fc.integer({ min: SEAL_BYTES, max: 2 ** 28 }),
    uncompressedLength: fc.option(fc.integer({ min: 0, max: 2 ** 32 - 1 })),
  });
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 10 }), (entries) => {
      let offset = 0;
      const blobs = entries.map((each) => ({ ...each, offset: (offset += each.length) - each.length }));
      const header = encodePackHeader(keys, blobs);
      expect(headerLengthOf(header, offset + header.byteLength)).toBe(header.byteLength);
      expect(decodePackHeader(keys, header, offset + header.byteLength)).toEqual(blobs);
      expect(packFileBytes(blobs)).toBe(offset + header.byteLength);
      expectDamaged(() => decodePackHeader(keys, header, offset + header.byteLength + 1));
    }),
    runs(300),
  );
});

test("blobs come back from a pack, which is named by its bytes", () => {
  fc.assert(
    fc.property(blobType, contents, (type, blobs) => {
      const { file, indexed } = build(type, blobs);
      expect(file.name).toBe(packName(idOf(file.bytes)));
      expect(decodePackHeader(keys, file.bytes, file.bytes.byteLength)).toEqual(indexed.blobs);
      for (const [position, { offset, length, uncompressedLength, id }] of indexed.blobs.entries()) {
        const opened = openBlob(keys, file.bytes.subarray(offset, offset + length), uncompressedLength, id);
        expect(Buffer.compare(opened, blobs[position] ?? new Uint8Array())).toBe(0);
      }
    }),
    runs(200),
  );
});

test("a builder that gets the memory of its packs back makes the same packs", () => {
  const builder = new PackBuilder();
  fc.assert(
    fc.property(contents, (blobs) => {
      const pack = build("data", blobs, builder);
      const [first] = pack.indexed.blobs;
      expect(first?.offset).toBe(0);
      const { bytes } = pack.file;
      expect(decodePackHeader(keys, bytes, bytes.byteLength)).toEqual(pack.indexed.blobs);
      builder.reuse(pack);
    }),
    runs(100),
  );
  expect(builder.finish(keys)).toBeNull();
  expect(builder.sizeBytes).toBe(0);
});

test("every truncation of a pack is found", () => {
  const { bytes } = build("tree", [Buffer.from("first"), Buffer.alloc(300, 7)]).file;
  for (let length = 0; length < bytes.byteLength; length += 1) {
    expectDamaged(() => decodePackHeader(keys, bytes.subarray(0, length), length));
    // Only the end was fetched, and less of it than the header takes.
    if (length < 100)
      expectDamaged(() =>
        decodePackHeader(keys, bytes.subarray(bytes.byteLength - length), bytes.byteLength),
      );
  }
});

test("every changed byte of a pack is found: in the header, or in the blob that it is part of", () => {
  const { file, indexed } = build("data", [Buffer.from("first"), Buffer.alloc(300, 7), Buffer.alloc(0)]);
  const dataBytes = indexed.blobs.reduce((sum, { length }) => sum + length, 0);
  for (let position = 0; position < file.bytes.byteLength; position += 1) {
    for (const change of [0x01, 0x80, 0xff]) {
      const bytes = Buffer.from(file.bytes);
      bytes[position] = (bytes[position] ?? 0) ^ change;
      if (position >= dataBytes) {
        expectDamaged(() => decodePackHeader(keys, bytes, bytes.byteLength));
        continue;
      }
      for (const { offset, length, uncompressedLength, id } of indexed.blobs) {
        const open = (): unknown =>
          openBlob(keys, bytes.subarray(offset, offset + length), uncompressedLength, id);
        if (position >= offset && position < offset + length) expectDamaged(open);
        else open();
      }
    }
  }
});

test("any header that is well sealed is read or refused", () => {
  const entryLike = fc
    .tuple(fc.nat(4), someBytes(40, 36))
    .map(([type, bytes]) => Buffer.from([type, ...bytes]));
  const plaintext = fc.oneof(
    someBytes(200),
    fc.array(entryLike, { maxLength: 4 }).map((parts) => Buffer.concat(parts)),
  );
  fc.assert(
    fc.property(plaintext, fc.nat(2 ** 32), (plain, packBytes) => {
      const header = seal(keys, plain);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(header.byteLength);
      const tail = Buffer.concat([header, length]);
      const blobs = unlessDamaged(() => decodePackHeader(keys, tail, packBytes));
      if (blobs !== null) expect(packFileBytes(blobs)).toBe(packBytes);
    }),
    runs(500),
  );
});

test("impossible lengths of a header are refused before anything is fetched", () => {
  for (const claimed of [0, SEAL_BYTES - 1, 17 * 1024 * 1024, 2 ** 32 - 1]) {
    const tail = Buffer.alloc(4);
    tail.writeUInt32LE(claimed);
    expectDamaged(() => headerLengthOf(tail, 2 ** 32));
  }
});
