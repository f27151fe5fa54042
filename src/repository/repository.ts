import { randomBytes } from "node:crypto";
import { HoldfastError, isHoldfastError } from "../base/errors.ts";
import type { CallOptions, NewFile, Store } from "../stores/store.ts";
import { waitFor } from "../stores/wait.ts";
import { BlobIndex } from "./blob-index.ts";
import { newChunkerPolynomial } from "./chunker-polynomial.ts";
import type { Id } from "./ids.ts";
import { countField, idField, parseObject, textField } from "./json.ts";
import { encodeKeyFile, listKeyFiles, openKeyFiles } from "./key-file.ts";
import { CONFIG_NAME, INDEXES, KEYS, PACKS, SNAPSHOTS } from "./layout.ts";
import { type MasterKey, newMasterKey, seal, unseal } from "./sealing.ts";

/**
 * An opened restic repository: a store, its keys and what is known of its blobs.
 *
 * Plain data; what can be done with it stands in the files beside this one. The index is empty
 * until `loadIndex` has filled it. The store belongs to whoever opened it.
 */
export interface Repository {
  readonly store: Store;
  /** The repository's own id, the same for ever. */
  readonly id: Id;
  readonly keys: MasterKey;
  /** The key file that the password opened. */
  readonly keyId: Id;
  readonly index: BlobIndex;
  /** What this repository's chunk boundaries depend on, in hexadecimal. */
  readonly chunkerPolynomial: string;
}

/** What opening and creating take. */
export interface OpenOptions extends CallOptions {
  readonly password: string;
}

/** The only format we write; the first that compresses. */
const FORMAT_VERSION = 2;
/** When several make it at once all give way; each then tries again after another time. */
const ATTEMPTS = 5;
const BACK_OFF_MS = 150;

/**
 * Opens a repository.
 *
 * @throws {HoldfastError} `NO_REPOSITORY`, `WRONG_PASSWORD`, `DATA_DAMAGED`, `CONFIG` for a format
 *   version other than 2, and what the store throws
 */
export async function openRepository(store: Store, options: OpenOptions): Promise<Repository> {
  const [config, keyFiles] = await Promise.all([readConfig(store, options), listKeyFiles(store, options)]);
  if (config === null) throw await noRepository(store, options);
  // A creation that another one overtook may have left a key with the same password.
  const { keyId, keys } = await openKeyFiles(keyFiles, options.password, (each) => opens(each, config));
  const { id, chunkerPolynomial } = decodeConfig(unseal(keys, config).toString("utf8"));
  return { store, id, keys, keyId, index: new BlobIndex(), chunkerPolynomial };
}

/**
 * Makes a new repository in an empty store: first its key, then its config, which makes it one. A key
 * that an interrupted creation has left is used, if the password opens it.
 *
 * @throws {HoldfastError} `ALREADY_EXISTS` when there is one, `DATA_DAMAGED` when parts of one are
 *   there, and what the store throws
 */
export async function createRepository(store: Store, options: OpenOptions): Promise<Repository> {
  const { signal } = options;
  const key = await settleKey(store, options);
  const id = randomBytes(32).toString("hex") as Id;
  const chunkerPolynomial = newChunkerPolynomial();
  const config = JSON.stringify({ version: FORMAT_VERSION, id, chunker_polynomial: chunkerPolynomial });
  const files = [...key.files, { name: CONFIG_NAME, bytes: seal(key.keys, Buffer.from(config)) }];
  const { createOnly } = store.traits;
  try {
    await store.write(files, { signal, createOnly });
    // Where nothing refuses a name that is taken, what counts is what is there afterwards.
    if (!createOnly) await checkOpens(store, key.keys, options);
  } catch (error) {
    if (isHoldfastError(error, "ALREADY_EXISTS")) await removeUselessKey(store, key);
    throw error;
  }
  return { store, id, keys: key.keys, keyId: key.keyId, index: new BlobIndex(), chunkerPolynomial };
}

/** Master keys, and the key file that opens them; `files` is what has to be written for it. */
interface FirstKey {
  readonly keyId: Id;
  readonly keys: MasterKey;
  readonly files: readonly NewFile[];
}

/**
 * The key of a repository that is about to be made. Where a config could be replaced unseen, the key is written
 * first, and of several who do so at once all give way; so that all take the key of the one that is the first
 * then, and no config is ever replaced by one of another key.
 */
async function settleKey(store: Store, options: OpenOptions): Promise<FirstKey> {
  for (let attempt = 1; ; attempt += 1) {
    await refuseTakenStore(store, options);
    const known = await keyNames(store, options);
    const left = await findLeftKey(store, options);
    if (left !== null) return left;
    const key = await newKey(options.password);
    if (store.traits.createOnly) return key;
    await store.write(key.files, { signal: options.signal });
    const newcomers = (await keyNames(store, options)).filter(
      (name) => !known.includes(name) && name !== `${KEYS}${key.keyId}`,
    );
    if (newcomers.length === 0) return { ...key, files: [] };
    await store.remove([`${KEYS}${key.keyId}`]);
    if (attempt === ATTEMPTS) throw taken(store);
    await waitFor(BACK_OFF_MS * (1 + Math.random()) * attempt, options, undefined);
  }
}

async function keyNames(store: Store, { signal }: CallOptions): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of store.list(KEYS, { signal })) names.push(name);
  return names;
}

/** @throws {HoldfastError} `ALREADY_EXISTS` when the config that is there is one of another key */
async function checkOpens(store: Store, keys: MasterKey, options: CallOptions): Promise<void> {
  const config = await readConfig(store, options);
  if (config === null || !opens(keys, config)) throw taken(store);
}

async function newKey(password: string): Promise<FirstKey> {
  const keys = newMasterKey();
  const { id, bytes } = await encodeKeyFile(keys, password);
  return { keyId: id, keys, files: [{ name: `${KEYS}${id}`, bytes }] };
}

async function findLeftKey(store: Store, options: OpenOptions): Promise<FirstKey | null> {
  const keyFiles = await listKeyFiles(store, options);
  if (keyFiles.length === 0) return null;
  try {
    return { ...(await openKeyFiles(keyFiles, options.password)), files: [] };
  } catch (error) {
    if (isHoldfastError(error, "WRONG_PASSWORD", "DATA_DAMAGED")) return null;
    throw error;
  }
}

/**
 * Another writer made the repository first. Our key, which opens nothing there, would be tried in vain
 * and taken for the right one, because it has the same password; unless that writer has found it and used it.
 */
async function removeUselessKey(store: Store, { keyId, keys }: FirstKey): Promise<void> {
  const config = await readConfig(store, {});
  if (config === null || opens(keys, config)) return;
  await store.remove([`${KEYS}${keyId}`]);
}

function opens(keys: MasterKey, sealed: Uint8Array): boolean {
  try {
    unseal(keys, sealed);
    return true;
  } catch (error) {
    if (isHoldfastError(error, "DATA_DAMAGED")) return false;
    throw error;
  }
}

async function refuseTakenStore(store: Store, options: CallOptions): Promise<void> {
  if ((await readConfig(store, options)) !== null) throw taken(store);
  const error = await noRepository(store, options);
  if (error.code !== "NO_REPOSITORY") throw error;
}

function taken(store: Store): HoldfastError {
  return new HoldfastError({
    code: "ALREADY_EXISTS",
    message: `there is a repository in ${store.url} already`,
  });
}

/**
 * Whether a config file is that of a repository that is open: the same keys open it, and it has the same id.
 *
 * @throws {HoldfastError} `CONFIG` for a format version other than 2
 */
export function isConfigOf({ id, keys }: Repository, config: Uint8Array): boolean {
  return opens(keys, config) && decodeConfig(unseal(keys, config).toString("utf8")).id === id;
}

/** The bytes of the config file; `null` where there is none. */
export async function readConfig(store: Store, options: CallOptions): Promise<Uint8Array | null> {
  try {
    return await store.read(CONFIG_NAME, undefined, { signal: options.signal });
  } catch (error) {
    if (isHoldfastError(error, "NOT_FOUND")) return null;
    throw error;
  }
}

/**
 * Why there is no repository in a store without a config: either nothing was ever saved, or a repository has lost it. A key alone is what an
 * interrupted creation leaves; anything else is somebody's data.
 *
 * @returns an error with `NO_REPOSITORY`, or with `DATA_DAMAGED`
 */
export async function noRepository(store: Store, { signal }: CallOptions): Promise<HoldfastError> {
  for (const prefix of [SNAPSHOTS, INDEXES, PACKS]) {
    for await (const _ of store.list(prefix, { signal })) return lostConfig(store);
  }
  return new HoldfastError({
    code: "NO_REPOSITORY",
    message: `nothing is saved in ${store.url} yet`,
    hint: "save a first time with: holdfast save",
  });
}

function lostConfig(store: Store): HoldfastError {
  return new HoldfastError({
    code: "DATA_DAMAGED",
    message: `the repository in ${store.url} has lost its file 'config'`,
    hint: "put a copy of that file back; nothing was changed",
  });
}

function decodeConfig(json: string): { id: Id; chunkerPolynomial: string } {
  const config = parseObject(json, "the config of the repository");
  const version = countField(config, "version");
  if (version !== FORMAT_VERSION) {
    throw new HoldfastError({
      code: "CONFIG",
      message: `the repository has format version ${version}, and only version ${FORMAT_VERSION} is supported`,
      hint: "restic can upgrade it: restic migrate upgrade_repo_v2",
    });
  }
  return { id: idField(config, "id"), chunkerPolynomial: textField(config, "chunker_polynomial") };
}
