import { createCipheriv, randomFillSync, timingSafeEqual } from "node:crypto";
import { HoldfastError } from "../base/errors.ts";
import { primitives } from "./primitives.ts";

/**
 * The keys that protect everything in a repository (restic `doc/design.rst`, "Keys, Encryption and
 * MAC"). Plain data, so that worker threads can be given them.
 */
export interface MasterKey {
  /** AES-256 key, 32 bytes. */
  readonly encrypt: Uint8Array;
  /** AES-128 key of Poly1305-AES, 16 bytes. */
  readonly macK: Uint8Array;
  /** The other half of Poly1305-AES, 16 bytes; clamped when used. */
  readonly macR: Uint8Array;
}

const IV_BYTES = 16;
const TAG_BYTES = 16;

/** How much longer a sealed piece is than what it holds, in bytes. */
export const SEAL_BYTES: number = IV_BYTES + TAG_BYTES;

/** New random keys. */
export function newMasterKey(): MasterKey {
  return { encrypt: random(32), macK: random(16), macR: random(16) };
}

/** Encrypts and signs one piece: IV, ciphertext, tag. */
export function seal(keys: MasterKey, plaintext: Uint8Array): Buffer {
  const sealed = Buffer.allocUnsafe(plaintext.byteLength + SEAL_BYTES);
  sealInto(keys, plaintext, sealed);
  return sealed;
}

/** As {@link seal}, into the first bytes of `target`; gives how many. */
export function sealInto(keys: MasterKey, plaintext: Uint8Array, target: Uint8Array): number {
  const { aes256Ctr, poly1305 } = primitives();
  const iv = nextIv();
  const end = IV_BYTES + plaintext.byteLength;
  const ciphertext = target.subarray(IV_BYTES, end);
  aes256Ctr(keys.encrypt, iv, plaintext, ciphertext);
  target.set(iv);
  target.set(poly1305(ciphertext, oneTimeKey(keys, iv)), end);
  return end + TAG_BYTES;
}

/**
 * Checks the signature of one piece and decrypts it.
 *
 * @param inPlace the plaintext takes the ciphertext's place in `sealed`, so that no memory is needed
 * @throws {HoldfastError} `DATA_DAMAGED` when it is too short, was changed, or has other keys
 */
export function unseal(keys: MasterKey, sealed: Uint8Array, inPlace = false): Buffer {
  if (sealed.byteLength < SEAL_BYTES) throw damaged("a sealed piece is too short");
  const iv = sealed.subarray(0, IV_BYTES);
  const ciphertext = sealed.subarray(IV_BYTES, sealed.byteLength - TAG_BYTES);
  const tag = sealed.subarray(sealed.byteLength - TAG_BYTES);
  const { aes256Ctr, poly1305 } = primitives();
  if (!timingSafeEqual(poly1305(ciphertext, oneTimeKey(keys, iv)), tag)) {
    throw damaged("a sealed piece was changed, or belongs to another key");
  }
  const { buffer, byteOffset, byteLength } = ciphertext;
  const plaintext = inPlace ? Buffer.from(buffer, byteOffset, byteLength) : Buffer.allocUnsafe(byteLength);
  aes256Ctr(keys.encrypt, iv, ciphertext, plaintext);
  return plaintext;
}

/** Poly1305-AES: `r || AES-128_k(IV)`, r clamped (D. J. Bernstein, "The Poly1305-AES message-authentication code", section 2). */
function oneTimeKey(keys: MasterKey, iv: Uint8Array): Uint8Array {
  const key = new Uint8Array(32);
  key.set(keys.macR);
  for (const position of [3, 7, 11, 15]) key[position] = (key[position] ?? 0) & 0x0f;
  for (const position of [4, 8, 12]) key[position] = (key[position] ?? 0) & 0xfc;
  key.set(blockCipher(keys).update(iv), 16);
  return key;
}

/** AES-128 in ECB mode keeps no state between blocks, so that one object serves all pieces of a key. */
const blockCiphers = new WeakMap<MasterKey, ReturnType<typeof createCipheriv>>();

function blockCipher(keys: MasterKey): ReturnType<typeof createCipheriv> {
  let cipher = blockCiphers.get(keys);
  if (cipher === undefined) {
    cipher = createCipheriv("aes-128-ecb", keys.macK, null).setAutoPadding(false);
    blockCiphers.set(keys, cipher);
  }
  return cipher;
}

/** Random bytes are asked for in blocks, because one call for each IV costs more than the cipher. */
const ivPool = { bytes: Buffer.alloc(4096), next: 4096 };

function nextIv(): Uint8Array {
  if (ivPool.next === ivPool.bytes.byteLength) {
    ivPool.bytes = randomFillSync(Buffer.alloc(ivPool.bytes.byteLength));
    ivPool.next = 0;
  }
  ivPool.next += IV_BYTES;
  return ivPool.bytes.subarray(ivPool.next - IV_BYTES, ivPool.next);
}

function random(lengthBytes: number): Uint8Array {
  return randomFillSync(new Uint8Array(lengthBytes));
}

function damaged(message: string): HoldfastError {
  return new HoldfastError({ code: "DATA_DAMAGED", message });
}
