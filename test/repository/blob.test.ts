import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  createBlobOpener,
  MAX_BLOB_BYTES,
  openBlob,
  type SealedBlob,
  sealBlobInto,
} from "../../src/repository/blob.ts";
import { type Id, idOf } from "../../src/repository/ids.ts";
import { newMasterKey, SEAL_BYTES, seal } from "../../src/repository/sealing.ts";
import { runs, someBytes } from "../support/property.ts";
import { expectDamaged } from "./damage.ts";
import { randomId } from "./scratch.ts";
import { zstdBomb } from "./zstd-bomb.ts";

const keys = newMasterKey();
const content = fc.oneof(
  someBytes(300),
  fc.tuple(someBytes(20, 1), fc.nat(500)).map(([bytes, times]) => {
    return Buffer.concat(Array.from({ length: times }, () => bytes));
  }),
);

function sealBlob(plaintext: Uint8Array): SealedBlob & { readonly bytes: Buffer; readonly id: Id } {
  const target = Buffer.alloc(plaintext.byteLength + SEAL_BYTES);
  const sealed = sealBlobInto(keys, plaintext, target);
  return { ...sealed, bytes: target.subarray(0, sealed.length), id: idOf(plaintext) };
}

test("a blob is compressed where that makes it smaller, and never takes more than its seal", () => {
  fc.assert(
    fc.property(content, (plaintext) => {
      const { length, uncompressedLength } = sealBlob(plaintext);
      expect(uncompressedLength ?? plaintext.byteLength).toBe(plaintext.byteLength);
      if (uncompressedLength === null) expect(length).toBe(plaintext.byteLength + SEAL_BYTES);
      else expect(length).toBeLessThan(plaintext.byteLength + SEAL_BYTES);
    }),
    runs(300),
  );
  expect(sealBlob(Buffer.alloc(10_000)).length).toBeLessThan(100);
});

const open = createBlobOpener(keys);
describe.each([
  ["opened by itself", openBlob.bind(null, keys)],
  ["opened after others", open],
] as const)("a blob that is %s", (_, opener) => {
  test("comes back", () => {
    fc.assert(
      fc.property(content, (plaintext) => {
        const { bytes, uncompressedLength, id } = sealBlob(plaintext);
        expect(Buffer.compare(opener(bytes, uncompressedLength, id), plaintext)).toBe(0);
      }),
      runs(300),
    );
  });

  test("must be what its id says", () => {
    const { bytes, uncompressedLength } = sealBlob(Buffer.alloc(5_000, 1));
    expectDamaged(() => opener(bytes, uncompressedLength, randomId()));
  });

  test("must be as the index says: compressed or not, and no longer", () => {
    const compressed = sealBlob(Buffer.alloc(5_000, 1));
    expectDamaged(() => opener(Buffer.from(compressed.bytes), null, compressed.id));
    for (const claim of [0, 1, 4_999]) {
      expectDamaged(() => opener(Buffer.from(compressed.bytes), claim, compressed.id));
    }
    const stored = sealBlob(Buffer.from("short"));
    expect(stored.uncompressedLength).toBeNull();
    expectDamaged(() => opener(stored.bytes, 5, stored.id));
  });

  test("may not claim to be larger than any blob is", () => {
    const { bytes, id } = sealBlob(Buffer.alloc(5_000, 1));
    for (const claim of [MAX_BLOB_BYTES + 1, 2 ** 32 - 1, Number.MAX_SAFE_INTEGER]) {
      expectDamaged(() => opener(Buffer.from(bytes), claim, id));
    }
  });

  test("may not unfold to more than it claims", () => {
    for (const claimedBytes of [null, 1_000, 2 ** 32]) {
      const sealed = seal(keys, zstdBomb({ contentBytes: 1024 ** 3, claimedBytes }));
      expectDamaged(() => opener(sealed, 1_000, randomId()));
    }
  });

  test("may be anything: it is refused, or it is what its id says", () => {
    fc.assert(
      fc.property(someBytes(200), fc.option(fc.nat(1_000)), (plain, claim) => {
        expectDamaged(() => opener(seal(keys, plain), claim, idOf(Buffer.concat([plain, Buffer.of(0)]))));
        expectDamaged(() => opener(Buffer.from(plain), claim, idOf(plain)));
      }),
      runs(200),
    );
  });
});
