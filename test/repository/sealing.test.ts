import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { newMasterKey, SEAL_BYTES, seal, sealInto, unseal } from "../../src/repository/sealing.ts";
import { runs, someBytes } from "../support/property.ts";
import { expectDamaged } from "./damage.ts";
import { POLY1305_AES_VECTORS } from "./vectors/poly1305-aes.ts";

const keys = newMasterKey();
const fromHex = (hex: string): Buffer => Buffer.from(hex, "hex");

describe.each(POLY1305_AES_VECTORS)("the signature of $message", ({ k, r, nonce, message, tag }) => {
  const signer = { encrypt: new Uint8Array(32), macK: fromHex(k), macR: fromHex(r) };

  test("is accepted", () => {
    const opened = unseal(signer, fromHex(nonce + message + tag));
    expect(opened.byteLength).toBe(message.length / 2);
  });

  test("is refused with one bit changed", () => {
    const sealed = fromHex(nonce + message + tag);
    for (let bit = 0; bit < sealed.byteLength * 8; bit += 1) {
      expectDamaged(() => unseal(signer, withBitFlipped(sealed, bit)));
    }
  });
});

test("what is sealed is opened, and is longer by 32 bytes", () => {
  fc.assert(
    fc.property(someBytes(500), fc.boolean(), (plaintext, inPlace) => {
      const sealed = seal(keys, plaintext);
      expect(sealed.byteLength).toBe(plaintext.byteLength + SEAL_BYTES);
      expect(Buffer.compare(unseal(keys, sealed, inPlace), plaintext)).toBe(0);
    }),
    runs(500),
  );
});

test("opening leaves the sealed bytes alone, unless they are to be overwritten", () => {
  const sealed = seal(keys, Buffer.from("content"));
  const copy = Buffer.from(sealed);
  unseal(keys, sealed);
  expect(sealed.equals(copy)).toBe(true);
  expect(unseal(keys, sealed, true).buffer).toBe(sealed.buffer);
});

test("sealing into a buffer writes what it says and no more", () => {
  const target = Buffer.alloc(100, 0xee);
  const length = sealInto(keys, Buffer.from("content"), target);
  expect(unseal(keys, target.subarray(0, length)).toString()).toBe("content");
  expect(target.subarray(length).every((byte) => byte === 0xee)).toBe(true);
});

test("every truncation and every flipped bit is found", () => {
  const sealed = seal(keys, Buffer.from("the tide goes out"));
  for (let length = 0; length < sealed.byteLength; length += 1) {
    expectDamaged(() => unseal(keys, sealed.subarray(0, length)));
  }
  for (let bit = 0; bit < sealed.byteLength * 8; bit += 1) {
    expectDamaged(() => unseal(keys, withBitFlipped(sealed, bit)));
  }
});

test("any bytes are refused", () => {
  fc.assert(
    fc.property(someBytes(200), (bytes) => expectDamaged(() => unseal(keys, bytes))),
    runs(300),
  );
});

test("other keys open nothing", () => {
  const sealed = seal(keys, Buffer.from("content"));
  expectDamaged(() => unseal(newMasterKey(), sealed));
  expectDamaged(() => unseal({ ...keys, macR: newMasterKey().macR }, sealed));
  expectDamaged(() => unseal({ ...keys, macK: newMasterKey().macK }, sealed));
});

test("no initialisation vector is used twice", () => {
  const count = 3_000;
  const vectors = Array.from({ length: count }, () => seal(keys, new Uint8Array(1)).toString("hex", 0, 16));
  expect(new Set(vectors).size).toBe(count);
});

function withBitFlipped(bytes: Buffer, bit: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return changed;
}
