import { randomBytes, scryptSync } from "node:crypto";
import { type Id, idOf } from "../../src/repository/ids.ts";
import { type MasterKey, seal } from "../../src/repository/sealing.ts";

/** What the password of {@link quickKeyFile} is stretched with; a real key file takes 50 ms. */
const QUICK = { N: 2, r: 1, p: 1 };

/** A key file that opens in no time. */
export interface QuickKeyFile {
  readonly id: Id;
  readonly name: string;
  readonly bytes: Buffer;
}

/**
 * A key file that takes no time to open.
 *
 * @param created RFC 3339; keys are tried from the oldest to the newest
 * @param masterKey what is sealed in it, {@link masterKeyJson} for a good one
 */
export function quickKeyFile(password: string, created: string, masterKey: string): QuickKeyFile {
  const salt = randomBytes(8);
  const derived = scryptSync(password, salt, 64, QUICK);
  const passwordKey = {
    encrypt: derived.subarray(0, 32),
    macK: derived.subarray(32, 48),
    macR: derived.subarray(48),
  };
  return keyFileOf({
    created,
    kdf: "scrypt",
    ...QUICK,
    salt: salt.toString("base64"),
    data: seal(passwordKey, Buffer.from(masterKey)).toString("base64"),
  });
}

/** Any JSON, or text, as a key file under the name that its bytes have. */
export function keyFileOf(content: object | string): QuickKeyFile {
  const bytes = Buffer.from(typeof content === "string" ? content : JSON.stringify(content));
  const id = idOf(bytes);
  return { id, name: `keys/${id}`, bytes };
}

/** The JSON that a key file seals. */
export function masterKeyJson({ encrypt, macK, macR }: MasterKey): string {
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
  return JSON.stringify({ mac: { k: base64(macK), r: base64(macR) }, encrypt: base64(encrypt) });
}
