import { isHoldfastError } from "../../base/errors.ts";
import type { CallOptions, Store } from "../store.ts";
import type { S3Client } from "./client.ts";
import type { CreateHeaders } from "./presets.ts";

/** Where it is written down what a server can do; listings hide it. */
export const PROBE_NAME = "holdfast-s3-probe";
const NATIVE: CreateHeaders = { "if-none-match": "*" };
const TEXTS = { native: "create-only: native\n", none: "create-only: none\n" };

/**
 * Whether a server that nothing is known of can refuse to replace a file. It is tried once, by writing
 * one file twice, and written down in the store, so that later runs have to read only that.
 *
 * @param open a store in that place that writes with these headers
 * @throws {HoldfastError} what `Store.read` and `Store.write` throw, but keys that may not write are taken
 *   for those of a reader
 */
export async function askCreateHeaders(
  open: (createHeaders: CreateHeaders) => Store,
  options: CallOptions = {},
): Promise<CreateHeaders> {
  const plain = open(null);
  const known = await readText(plain, options);
  if (known === TEXTS.native) return NATIVE;
  if (known === TEXTS.none) return null;
  try {
    const headers = (await canCreate(open(NATIVE), options)) ? NATIVE : null;
    const text = headers === null ? TEXTS.none : TEXTS.native;
    await plain.write([{ name: PROBE_NAME, bytes: Buffer.from(text) }], options);
    return headers;
  } catch (error) {
    if (isHoldfastError(error, "STORE_AUTH", "STORE_READ_ONLY")) return NATIVE;
    throw error;
  }
}

async function readText(store: Store, options: CallOptions): Promise<string | null> {
  try {
    return Buffer.from(await store.read(PROBE_NAME, undefined, options)).toString();
  } catch (error) {
    if (isHoldfastError(error, "NOT_FOUND")) return null;
    throw error;
  }
}

/** The second of two writes has to be refused; the first too, where somebody else has begun to ask. */
async function canCreate(store: Store, options: CallOptions): Promise<boolean> {
  for (let turn = 0; turn < 2; turn += 1) {
    try {
      await store.write([{ name: PROBE_NAME, bytes: Buffer.from("asking\n") }], {
        ...options,
        createOnly: true,
      });
    } catch (error) {
      if (isHoldfastError(error, "ALREADY_EXISTS")) return true;
      if (isHoldfastError(error, "CONFIG", "FAILED")) return false;
      throw error;
    }
  }
  return false;
}

/** Whether everybody can see what is in a bucket: it is asked without keys. */
export async function isPublicBucket(client: S3Client, options: CallOptions = {}): Promise<boolean> {
  const { status } = await client.send({
    ...options,
    method: "GET",
    query: { "list-type": "2", "max-keys": "1" },
    what: `look at the bucket ${client.place.bucket}`,
    right: "list",
    isAnonymous: true,
  });
  return status === 200;
}
