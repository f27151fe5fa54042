import { randomBytes, scrypt } from "node:crypto";
import { hostname, userInfo } from "node:os";
import { HoldfastError, isHoldfastError } from "../base/errors.ts";
import type { CallOptions, Store } from "../stores/store.ts";
import { formatTime, nowNs, parseTime } from "./go-time.ts";
import { type Id, idOf, isId } from "./ids.ts";
import { asObject, bytesField, countField, type JsonObject, parseObject, textField } from "./json.ts";
import { baseName, KEYS } from "./layout.ts";
import { primitives } from "./primitives.ts";
import { type MasterKey, seal, unseal } from "./sealing.ts";

/** A key file: the master keys, sealed with a password. */
export interface KeyFile {
  readonly id: Id;
  readonly createdNs: bigint;
  readonly hostname: string;
  readonly username: string;
  readonly scrypt: ScryptParameters;
  readonly salt: Uint8Array;
  readonly data: Uint8Array;
}

/** Cost of a guess (RFC 7914): memory is `128 * r * (N + p)` bytes. */
export interface ScryptParameters {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** 32 MiB and about 50 ms a guess: OWASP's figure for scrypt is four times that, restic's own ten times. */
const OUR_SCRYPT: ScryptParameters = { N: 32_768, r: 8, p: 1 };
const SALT_BYTES = 64;
/** More memory than this for one guess is an attack on us, not a key; restic stays below 60 MiB. */
const MAX_SCRYPT_BYTES = 1024 * 1024 * 1024;
/** More than this to go through, some ten seconds, is too; restic stays below 1 GiB. */
const MAX_SCRYPT_WORK_BYTES = 8 * MAX_SCRYPT_BYTES;
/** A repository with more keys than this is refused after trying so many. */
const MAX_KEYS = 64;

/** Seals the master keys with a password; the id is the name to store the bytes under. */
export async function encodeKeyFile(keys: MasterKey, password: string): Promise<{ id: Id; bytes: Buffer }> {
  const salt = randomBytes(SALT_BYTES);
  const passwordKey = await deriveKey(password, salt, OUR_SCRYPT);
  const json = JSON.stringify({
    created: formatTime(nowNs()),
    username: username(),
    hostname: hostname(),
    kdf: "scrypt",
    ...OUR_SCRYPT,
    salt: salt.toString("base64"),
    data: seal(passwordKey, Buffer.from(encodeMasterKey(keys))).toString("base64"),
  });
  const bytes = Buffer.from(json);
  return { id: idOf(bytes), bytes };
}

/** The key files of a repository; those that cannot be read at all are left out. */
export async function listKeyFiles(store: Store, options: CallOptions = {}): Promise<KeyFile[]> {
  const names: string[] = [];
  for await (const file of store.list(KEYS, options)) if (isId(baseName(file.name))) names.push(file.name);
  const files = await Promise.all(names.slice(0, MAX_KEYS).map((name) => readKeyFile(store, name, options)));
  return files.filter((file) => file !== null).sort((a, b) => Number(a.createdNs - b.createdNs));
}

async function readKeyFile(store: Store, name: string, options: CallOptions): Promise<KeyFile | null> {
  const id = baseName(name) as Id;
  try {
    const bytes = await store.read(name, undefined, options);
    return idOf(bytes) === id ? decodeKeyFile(id, Buffer.from(bytes).toString("utf8")) : null;
  } catch (error) {
    if (isHoldfastError(error, "DATA_DAMAGED", "NOT_FOUND")) return null;
    throw error;
  }
}

function decodeKeyFile(id: Id, text: string): KeyFile | null {
  const json = parseObject(text, "a key file");
  if (textField(json, "kdf") !== "scrypt") return null;
  return {
    id,
    createdNs: parseTime(textField(json, "created")),
    hostname: textField(json, "hostname"),
    username: textField(json, "username"),
    scrypt: decodeScrypt(json),
    salt: bytesField(json, "salt"),
    data: bytesField(json, "data"),
  };
}

function decodeScrypt(json: JsonObject): ScryptParameters {
  const [N, r, p] = [countField(json, "N"), countField(json, "r"), countField(json, "p")];
  const isPossible = N >= 2 && 2 ** Math.round(Math.log2(N)) === N && N < 2 ** (16 * r) && r >= 1 && p >= 1;
  if (!isPossible || scryptBytes({ N, r, p }) > MAX_SCRYPT_BYTES || 128 * N * r * p > MAX_SCRYPT_WORK_BYTES) {
    throw new HoldfastError({
      code: "DATA_DAMAGED",
      message: "a key file asks for an impossible key derivation",
    });
  }
  return { N, r, p };
}

function scryptBytes({ N, r, p }: ScryptParameters): number {
  return 128 * r * (N + p);
}

/**
 * Opens the master keys with a password: each key file is tried.
 *
 * @param fits whether keys are those of the repository; where none are, the first that the password opens are given
 * @throws {HoldfastError} `WRONG_PASSWORD` when it opens none of them
 */
export async function openKeyFiles(
  files: readonly KeyFile[],
  password: string,
  fits: (keys: MasterKey) => boolean = () => true,
): Promise<{ keyId: Id; keys: MasterKey }> {
  let opened: { keyId: Id; keys: MasterKey } | null = null;
  for (const file of files) {
    const deriving = deriveKey(password, file.salt, file.scrypt);
    // Other threads are busy with that for a while: time to load what will be needed next.
    primitives();
    const passwordKey = await deriving;
    const keys = tryOpen(file, passwordKey);
    if (keys !== null && fits(keys)) return { keyId: file.id, keys };
    if (keys !== null) opened ??= { keyId: file.id, keys };
  }
  if (opened !== null) return opened;
  if (files.length === 0) {
    throw new HoldfastError({
      code: "DATA_DAMAGED",
      message: "the repository has no readable key file",
      hint: "put a copy of its folder keys/ back; without a key nobody can read it",
    });
  }
  throw new HoldfastError({
    code: "WRONG_PASSWORD",
    message: "the password opens no key of this repository",
    hint: "set HOLDFAST_PASSWORD to the password of this repository; a new one is set with: holdfast key passwd",
  });
}

function tryOpen(file: KeyFile, passwordKey: MasterKey): MasterKey | null {
  let json: Buffer;
  try {
    json = unseal(passwordKey, file.data);
  } catch (error) {
    if (isHoldfastError(error, "DATA_DAMAGED")) return null;
    throw error;
  }
  return decodeMasterKey(json.toString("utf8"));
}

/** Password -> 64 bytes: AES key, then the two halves of Poly1305-AES (restic `doc/design.rst`, "Keys, Encryption and MAC"). */
function deriveKey(password: string, salt: Uint8Array, parameters: ScryptParameters): Promise<MasterKey> {
  const maxmem = scryptBytes(parameters) + 1024 * 1024;
  return new Promise((resolve, reject) => {
    scrypt(password, salt, 64, { ...parameters, maxmem }, (error, bytes) => {
      if (error !== null) return reject(error);
      resolve({ encrypt: bytes.subarray(0, 32), macK: bytes.subarray(32, 48), macR: bytes.subarray(48, 64) });
    });
  });
}

function encodeMasterKey(keys: MasterKey): string {
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
  return JSON.stringify({
    mac: { k: base64(keys.macK), r: base64(keys.macR) },
    encrypt: base64(keys.encrypt),
  });
}

function decodeMasterKey(json: string): MasterKey {
  const object = parseObject(json, "a master key");
  const mac = asObject(object["mac"], "a master key");
  const keys = {
    encrypt: bytesField(object, "encrypt"),
    macK: bytesField(mac, "k"),
    macR: bytesField(mac, "r"),
  };
  if (keys.encrypt.byteLength !== 32 || keys.macK.byteLength !== 16 || keys.macR.byteLength !== 16) {
    throw new HoldfastError({ code: "DATA_DAMAGED", message: "a master key has the wrong length" });
  }
  return keys;
}

/** The name of the user that runs this process; '' where the system knows none. */
export function username(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number that has no entry in /etc/passwd.
    return "";
  }
}
