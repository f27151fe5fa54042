import { createCipheriv, createDecipheriv, hash, randomBytes } from "node:crypto";
import { HoldfastError } from "../../base/errors.ts";
import type { CookieJar } from "../cookie.ts";
import { formatCookieCloudData, parseCookieCloudData } from "./cookie-cloud-data.ts";
import { type Entry, isObject, parseJson, text, word, wrongField, wrongFile } from "./fields.ts";
import { refuseWhatDoesNotFit } from "./fitting.ts";

/** How CookieCloud encrypts: as CryptoJS does with a passphrase, or plainly with a fixed start. */
export type CookieCloudKind = "legacy" | "aes-128-cbc-fixed";

/** Who the data belongs to. Both are needed to read it; the server knows the uuid only. */
export interface CookieCloudOwner {
  readonly uuid: string;
  readonly password: string;
}

/** What a CookieCloud server keeps. */
export interface CookieCloudPayload {
  readonly encrypted: string;
  readonly crypto_type: CookieCloudKind;
}

/** Longest ciphertext in base64: CookieCloud's server takes 50 MB. */
const ENCRYPTED_MAX_LENGTH = 64 * 1024 * 1024;
const BLOCK_BYTES = 16;
const SALT_MARK = Buffer.from("Salted__");
const SALT_BYTES = 8;
/** A key for AES-256 and an initialization vector. */
const DERIVED_BYTES = 48;
const BASE64 = /^[A-Za-z0-9+/\s]*={0,2}\s*$/;
const KINDS: ReadonlyMap<string, CookieCloudKind> = new Map([
  ["legacy", "legacy"],
  ["aes-128-cbc-fixed", "aes-128-cbc-fixed"],
  ["", "legacy"],
]);

/**
 * Encrypts a jar as the extension CookieCloud does. The key is the MD5 of uuid and password: use a long random
 * password, and trust the server no more than that.
 *
 * @throws {HoldfastError} `COOKIE_FILE` when the format has no place for a part of the jar
 */
export function encryptCookieCloud(
  jar: CookieJar,
  { uuid, password, kind }: CookieCloudOwner & { readonly kind: CookieCloudKind },
  now: Date = new Date(),
): CookieCloudPayload {
  refuseWhatDoesNotFit(jar, "cookiecloud");
  const plain = Buffer.from(formatCookieCloudData(jar, now));
  const passphrase = passphraseOf({ uuid, password });
  if (kind === "legacy") {
    const salt = randomBytes(SALT_BYTES);
    const { key, iv } = derive(passphrase, salt);
    const cipher = createCipheriv("aes-256-cbc", key, iv);
    const parts = [SALT_MARK, salt, cipher.update(plain), cipher.final()];
    return { encrypted: Buffer.concat(parts).toString("base64"), crypto_type: kind };
  }
  const cipher = createCipheriv("aes-128-cbc", passphrase, Buffer.alloc(BLOCK_BYTES));
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  return { encrypted: sealed.toString("base64"), crypto_type: kind };
}

/**
 * Opens what a CookieCloud server keeps: `{encrypted, crypto_type}`, as JSON or parsed. Without a `crypto_type`
 * it is `legacy`, as old servers have it.
 *
 * @throws {HoldfastError} `WRONG_PASSWORD` when it does not open, which damage can also be the reason for;
 * `COOKIE_FILE` when it is no such payload, or when the data in it is wrong
 */
export function decryptCookieCloud(payload: unknown, owner: CookieCloudOwner): CookieJar {
  const place = "the payload of CookieCloud";
  const fields = typeof payload === "string" ? parseJson(payload, place) : payload;
  if (!isObject(fields)) throw wrongFile(`${place} must be an object`);
  const entry: Entry = { place, fields };
  const kind = word(entry, "crypto_type", KINDS);
  const encrypted = text(entry, "encrypted");
  const sealed =
    encrypted.length <= ENCRYPTED_MAX_LENGTH && BASE64.test(encrypted)
      ? Buffer.from(encrypted, "base64")
      : Buffer.alloc(0);
  const start = kind === "legacy" ? SALT_MARK.byteLength + SALT_BYTES : 0;
  const isWhole = sealed.byteLength > start && sealed.byteLength % BLOCK_BYTES === 0;
  if (!isWhole || (kind === "legacy" && !sealed.subarray(0, SALT_MARK.byteLength).equals(SALT_MARK)))
    throw wrongField(place, "encrypted", `base64 of whole blocks, as '${kind}' has them`);
  return parseCookieCloudData(open(sealed, kind, passphraseOf(owner)));
}

/** The text of the data, which is JSON. */
function open(sealed: Buffer, kind: CookieCloudKind, passphrase: Buffer): string {
  try {
    const opened = kind === "legacy" ? openLegacy(sealed, passphrase) : openFixed(sealed, passphrase);
    const plain = new TextDecoder("utf-8", { fatal: true }).decode(opened);
    JSON.parse(plain);
    return plain;
  } catch {
    // A wrong key gives noise, which now and then even looks padded. Errors of the parser would quote it.
    throw new HoldfastError({
      code: "WRONG_PASSWORD",
      message: "the data of CookieCloud does not open with this uuid and password",
      hint: "compare both with the extension; when they are right, the data is damaged: send it again",
    });
  }
}

function openLegacy(sealed: Buffer, passphrase: Buffer): Buffer {
  const start = SALT_MARK.byteLength + SALT_BYTES;
  const { key, iv } = derive(passphrase, sealed.subarray(SALT_MARK.byteLength, start));
  const decipher = createDecipheriv("aes-256-cbc", key, iv);
  return Buffer.concat([decipher.update(sealed.subarray(start)), decipher.final()]);
}

function openFixed(sealed: Buffer, passphrase: Buffer): Buffer {
  const decipher = createDecipheriv("aes-128-cbc", passphrase, Buffer.alloc(BLOCK_BYTES));
  return Buffer.concat([decipher.update(sealed), decipher.final()]);
}

/** The first half of the MD5 of uuid and password, as 16 hexadecimal characters. */
function passphraseOf({ uuid, password }: CookieCloudOwner): Buffer {
  return Buffer.from(hash("md5", `${uuid}-${password}`, "hex").slice(0, BLOCK_BYTES));
}

/** EVP_BytesToKey of OpenSSL with MD5 and one round, which CryptoJS uses for passphrases. */
function derive(passphrase: Buffer, salt: Buffer): { readonly key: Buffer; readonly iv: Buffer } {
  let derived = Buffer.alloc(0);
  let last = Buffer.alloc(0);
  while (derived.byteLength < DERIVED_BYTES) {
    last = hash("md5", Buffer.concat([last, passphrase, salt]), "buffer");
    derived = Buffer.concat([derived, last]);
  }
  return { key: derived.subarray(0, 32), iv: derived.subarray(32, DERIVED_BYTES) };
}
