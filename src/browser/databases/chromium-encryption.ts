import { createDecipheriv, createHash, timingSafeEqual } from "node:crypto";

/**
 * The keys that Chromium uses on Linux without a keyring (`os_crypt_linux.cc`): PBKDF2-HMAC-SHA1, one
 * round, salt "saltysalt", of the password "peanuts", and of the empty password, with which some
 * versions wrote by mistake. They are the same everywhere, so they protect nothing.
 */
const KEYS = ["fd621fe5a2b402539dfa147ca9272778", "d0d0ec9c7d77d43ac54187fa4818d17f"].map((key) =>
  Buffer.from(key, "hex"),
);
const IV = Buffer.alloc(16, " ");
const PREFIX = Buffer.from("v10");
/** From this schema on the SHA-256 of the host stands before the value. */
const HASHED_SINCE = 24;
const HASH_BYTES = 32;

/**
 * The value of an encrypted cookie; `null` when only a keyring or another machine can tell, which is
 * never guessed.
 *
 * @param hostKey as in the row, with its leading dot
 * @param schema version of the schema of the database
 */
export function decryptCookie(encrypted: Uint8Array, hostKey: string, schema: number): string | null {
  if (!PREFIX.equals(encrypted.subarray(0, PREFIX.length))) return null;
  for (const key of KEYS) {
    const plain = decrypt(encrypted.subarray(PREFIX.length), key);
    const value = plain === null ? null : withoutHash(plain, hostKey, schema);
    if (value !== null) return asText(value);
  }
  return null;
}

function decrypt(bytes: Uint8Array, key: Uint8Array): Buffer | null {
  const decipher = createDecipheriv("aes-128-cbc", key, IV);
  try {
    return Buffer.concat([decipher.update(bytes), decipher.final()]);
  } catch {
    // Wrong padding: another key.
    return null;
  }
}

function withoutHash(plain: Buffer, hostKey: string, schema: number): Buffer | null {
  // Without the hash only the text can tell a wrong key: a cookie has no control characters.
  if (schema < HASHED_SINCE) return plain.some((byte) => byte < 32 || byte === 127) ? null : plain;
  if (plain.length < HASH_BYTES) return null;
  const hash = createHash("sha256").update(hostKey).digest();
  return timingSafeEqual(hash, plain.subarray(0, HASH_BYTES)) ? plain.subarray(HASH_BYTES) : null;
}

function asText(bytes: Buffer): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
