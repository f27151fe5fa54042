import CryptoJS from "crypto-js";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { decryptCookieCloud, encryptCookieCloud } from "../../src/browser/formats/cookie-cloud.ts";
import { parseCookies, recogniseFormat } from "../../src/browser/formats/cookie-files.ts";
import { runs } from "../support/property.ts";
import { expectCookieFile, unlessRefused } from "./expect-cookie-file.ts";
import { isHoldfastError } from "../../src/base/errors.ts";

const OWNER = { uuid: "jNp1T2qZ6shwVW9VmjLvp1", password: "correct horse battery staple" };
const PASSPHRASE = CryptoJS.MD5(`${OWNER.uuid}-${OWNER.password}`).toString().slice(0, 16);
const FIXED = { iv: CryptoJS.enc.Hex.parse("0".repeat(32)) };
const KINDS = ["legacy", "aes-128-cbc-fixed"] as const;

const DATA = JSON.stringify({
  cookie_data: { ".example.com": [{ domain: ".example.com", name: "sid", value: "秘密", sameSite: "lax" }] },
  local_storage_data: { "example.com": { token: "🍪" } },
  update_time: "2026-01-01T00:00:00.000Z",
});

/** Data that the extension would have encrypted, by the library that it uses. */
function encryptLikeExtension(data: string, kind: (typeof KINDS)[number]): string {
  if (kind === "legacy") return CryptoJS.AES.encrypt(data, PASSPHRASE).toString();
  const key = CryptoJS.enc.Utf8.parse(PASSPHRASE);
  return CryptoJS.AES.encrypt(data, key, FIXED).ciphertext.toString(CryptoJS.enc.Base64);
}

function decryptLikeExtension(encrypted: string, kind: (typeof KINDS)[number]): string {
  const key = kind === "legacy" ? PASSPHRASE : CryptoJS.enc.Utf8.parse(PASSPHRASE);
  return CryptoJS.AES.decrypt(encrypted, key, FIXED).toString(CryptoJS.enc.Utf8);
}

test.each(KINDS)("%s: what CryptoJS encrypts is opened", (kind) => {
  const payload = { encrypted: encryptLikeExtension(DATA, kind), crypto_type: kind };
  expect(recogniseFormat(JSON.stringify(payload))).toBe("cookiecloud");
  expect(decryptCookieCloud(payload, OWNER)).toEqual(parseCookies(DATA, "cookiecloud"));
  expect(decryptCookieCloud(JSON.stringify(payload), OWNER)).toEqual(parseCookies(DATA, "cookiecloud"));
});

test.each(KINDS)("%s: what is encrypted here is opened by CryptoJS", (kind) => {
  const payload = encryptCookieCloud(parseCookies(DATA, "cookiecloud"), { ...OWNER, kind }, new Date(0));
  const data = JSON.parse(decryptLikeExtension(payload.encrypted, kind)) as Record<string, unknown>;
  expect(data).toMatchObject({
    cookie_data: { ".example.com": [{ name: "sid", value: "秘密", sameSite: "lax", hostOnly: false }] },
    local_storage_data: { "example.com": { token: "🍪" } },
    update_time: "1970-01-01T00:00:00.000Z",
  });
});

test("a payload of an old server, without a kind, is legacy", () => {
  const jar = decryptCookieCloud({ encrypted: encryptLikeExtension(DATA, "legacy") }, OWNER);
  expect(jar.cookies).toHaveLength(1);
});

/** Made with `openssl enc -aes-256-cbc -md md5 -k PASSPHRASE` and `openssl enc -aes-128-cbc -K … -iv 0`. */
test.each([
  [
    "legacy",
    "U2FsdGVkX1+dOmsHHeVZtfsncr8t/L8PZqyCJ6qbrkjsSLoC82EQmbNNcasccgmVtnOTaslvVoWAuZz9tgt43xrcmQR4Oeh5gk2C5GTNtdNHp/1R1BeY+cg7afvZw0FMCCKiVsoeRm3hdYvXrUS4vm/NQxBlx0mYq/Bzx1GG55U=",
  ],
  [
    "aes-128-cbc-fixed",
    "Z7y+sDjNVRsrk4tTbBYjg0u+wS82AKeRqWdwymTzDrxXgy2CfP7YdW4mUkicnsJqCaxfahGZslQS7AH41GRn8p7MgoxMx1AzEuqujSsomYr4anE2PuEegszCn91bSb4JKlptfb9jUlXUEc94AmYSNw==",
  ],
] as const)("a fixed vector of OpenSSL: %s", (kind, encrypted) => {
  const owner = { uuid: "uuid-1", password: "password-1" };
  expect(decryptCookieCloud({ encrypted, crypto_type: kind }, owner).cookies).toMatchObject([
    { name: "a", value: "b", host: "example.com", hostOnly: true },
  ]);
});

test.each(KINDS)("%s: a wrong uuid or password does not open it", (kind) => {
  const payload = encryptCookieCloud(parseCookies(DATA, "cookiecloud"), { ...OWNER, kind });
  const wrong = [
    ...Array.from({ length: 300 }, (_, number) => ({ ...OWNER, password: `wrong ${number}` })),
    { ...OWNER, uuid: "another" },
  ];
  for (const owner of wrong)
    expect(() => decryptCookieCloud(payload, owner)).toThrow(
      expect.objectContaining({ code: "WRONG_PASSWORD" }),
    );
});

test.each([
  [null, "the payload of CookieCloud must be an object"],
  [{}, "the payload of CookieCloud: 'encrypted' must be a text"],
  [
    { encrypted: "x", crypto_type: "rot13" },
    "the payload of CookieCloud: 'crypto_type' must be one of legacy, aes-128-cbc-fixed",
  ],
  [
    { encrypted: "" },
    "the payload of CookieCloud: 'encrypted' must be base64 of whole blocks, as 'legacy' has them",
  ],
  [
    { encrypted: "%%%%" },
    "the payload of CookieCloud: 'encrypted' must be base64 of whole blocks, as 'legacy' has them",
  ],
  [
    { encrypted: "A".repeat(64) },
    "the payload of CookieCloud: 'encrypted' must be base64 of whole blocks, as 'legacy' has them",
  ],
])("%j is no payload", (payload, said) => {
  expectCookieFile(() => decryptCookieCloud(payload, OWNER), said);
});

test.each(KINDS)("%s: every start and any damage is refused, or gives a jar", (kind) => {
  const { encrypted } = encryptCookieCloud(parseCookies(DATA, "cookiecloud"), { ...OWNER, kind });
  const open = (text: string): void => {
    try {
      unlessRefused(() => decryptCookieCloud({ encrypted: text, crypto_type: kind }, OWNER));
    } catch (error) {
      if (!isHoldfastError(error, "WRONG_PASSWORD")) throw error;
    }
  };
  for (let length = 0; length < encrypted.length; length += 1) open(encrypted.slice(0, length));
  fc.assert(
    fc.property(
      fc.nat(encrypted.length - 1),
      fc.constantFrom("A", "z", "=", "\n", "é", ""),
      (at, character) => {
        open(encrypted.slice(0, at) + character + encrypted.slice(at + 1));
      },
    ),
    runs(500),
  );
});

test("each encryption has a salt of its own", () => {
  const jar = parseCookies(DATA, "cookiecloud");
  const sealed = Array.from(
    { length: 5 },
    () => encryptCookieCloud(jar, { ...OWNER, kind: "legacy" }).encrypted,
  );
  expect(new Set(sealed).size).toBe(5);
});
