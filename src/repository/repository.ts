import { randomBytes } from "node:crypto";
import { HoldfastError, isHoldfastError } from "../base/errors.ts";
import type { CallOptions, Store } from "../stores/store.ts";
import { BlobIndex } from "./blob-index.ts";
import { newChunkerPolynomial } from "./chunker-polynomial.ts";
import type { Id } from "./ids.ts";
import { countField, idField, parseObject, textField } from "./json.ts";
import { encodeKeyFile, listKeyFiles, openKeyFiles } from "./key-file.ts";
import { CONFIG_NAME, KEYS } from "./layout.ts";
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

/**
 * Opens a repository.
 *
 * @throws {HoldfastError} `NO_REPOSITORY`, `WRONG_PASSWORD`, `DATA_DAMAGED`, `CONFIG` for a format
 *   version other than 2, and what the store throws
 */
export async function openRepository(store: Store, options: OpenOptions): Promise<Repository> {
  const [config, keyFiles] = await Promise.all([readConfig(store, options), listKeyFiles(store, options)]);
  if (config === null) throw await noRepository(store, keyFiles.length > 0);
  const { keyId, keys } = await openKeyFiles(keyFiles, options.password);
  const { id, chunkerPolynomial } = decodeConfig(unseal(keys, config).toString("utf8"));
  return { store, id, keys, keyId, index: new BlobIndex(), chunkerPolynomial };
}

/**
 * Makes a new repository in an empty store: first its key, then its config, which makes it one.
 *
 * @throws {HoldfastError} `ALREADY_EXISTS` when there is one, `DATA_DAMAGED` when parts of one are
 *   there, and what the store throws
 */
export async function createRepository(store: Store, options: OpenOptions): Promise<Repository> {
  await refuseTakenStore(store, options);
  const keys = newMasterKey();
  const keyFile = await encodeKeyFile(keys, options.password);
  const id = randomBytes(32).toString("hex") as Id;
  const chunkerPolynomial = newChunkerPolynomial();
  const config = JSON.stringify({ version: FORMAT_VERSION, id, chunker_polynomial: chunkerPolynomial });
  const files = [
    { name: `${KEYS}${keyFile.id}`, bytes: keyFile.bytes },
    { name: CONFIG_NAME, bytes: seal(keys, Buffer.from(config)) },
  ];
  const { signal } = options;
  await store.write(files, { signal, createOnly: store.traits.createOnly });
  return { store, id, keys, keyId: keyFile.id, index: new BlobIndex(), chunkerPolynomial };
}

async function refuseTakenStore(store: Store, options: CallOptions): Promise<void> {
  if ((await readConfig(store, options)) !== null) {
    throw new HoldfastError({ code: "ALREADY_EXISTS", message: `there is a repository in ${store.url} already` });
  }
  for (const prefix of ["snapshots/", "index/", "data/"]) {
    // A key alone is what an interrupted creation leaves; anything else is somebody's data.
    for await (const _ of store.list(prefix, options)) throw await noRepository(store, true);
  }
}

async function readConfig(store: Store, options: CallOptions): Promise<Uint8Array | null> {
  try {
    return await store.read(CONFIG_NAME, undefined, { signal: options.signal });
  } catch (error) {
    if (isHoldfastError(error, "NOT_FOUND")) return null;
    throw error;
  }
}

/** No config: either nothing was ever saved, or a repository has lost it. */
async function noRepository(store: Store, hasRemains: boolean): Promise<HoldfastError> {
  if (!hasRemains) hasRemains = await hasAny(store, "snapshots/");
  if (!hasRemains) {
    return new HoldfastError({
      code: "NO_REPOSITORY",
      message: `nothing is saved in ${store.url} yet`,
      hint: "save a first time with: holdfast save",
    });
  }
  return new HoldfastError({
    code: "DATA_DAMAGED",
    message: `the repository in ${store.url} has lost its file 'config'`,
    hint: "put a copy of that file back; nothing was changed",
  });
}

async function hasAny(store: Store, prefix: string): Promise<boolean> {
  for await (const _ of store.list(prefix)) return true;
  return false;
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
