import { type Fetch, fetchFor } from "../../base/fetch.ts";
import type { OpenStoreOptions } from "../open.ts";
import { withRetry } from "../retry.ts";
import { openS3Store } from "../s3.ts";
import type { Store } from "../store.ts";
import type { S3Access } from "./access.ts";
import type { S3Address } from "./address.ts";
import { createS3Client, type S3Client } from "./client.ts";
import { publicBucket } from "./errors.ts";
import { type KeyProvider, keySourceOf } from "./key-source.ts";
import { s3PlaceOf, type S3Place } from "./place.ts";
import type { CreateHeaders } from "./presets.ts";
import { askCreateHeaders, isPublicBucket } from "./probe.ts";

/** What a test may hold. */
export interface S3OpenOptions extends OpenStoreOptions {
  readonly fetch?: Fetch;
  readonly clock?: () => number;
  readonly loadProvider?: () => Promise<KeyProvider>;
  /** Whether the bucket is private is known already. */
  readonly isPrivate?: boolean;
}

/**
 * Opens a bucket. A server of which nothing is known is asked whether it can refuse to replace a file.
 *
 * @throws {HoldfastError} `CONFIG` when something is missing in the address and the variables
 */
export async function openS3(address: S3Address, options: S3OpenOptions): Promise<Store> {
  return openPlace(s3PlaceOf(address, accessOf(options)), options);
}

/** As {@link openS3}, for a place that is known. */
export async function openPlace(place: S3Place, options: S3OpenOptions): Promise<Store> {
  const client = await clientFor(place, options);
  const isPublic = options.isPrivate === true ? async (): Promise<boolean> => false : askedOnce(client);
  const open = (createHeaders: CreateHeaders): Store =>
    withRetry(openS3Store({ client, createHeaders, isPublic }), options.retry);
  const { createHeaders } = place;
  return open(createHeaders === "ask" ? await askCreateHeaders(open) : createHeaders);
}

/**
 * Never true: with the rights that are needed nobody can see who else may read a bucket. So a password is
 * asked for.
 *
 * @throws {HoldfastError} `STORE_PUBLIC` when everybody can list it; `CONFIG`
 */
export async function isPrivateS3(address: S3Address, options: S3OpenOptions): Promise<boolean> {
  const client = await clientFor(s3PlaceOf(address, accessOf(options)), options);
  if (await isPublicBucket(client)) throw publicBucket(client.place);
  return false;
}

/** What opens buckets; without anything, no variable is set. */
export function accessOf({ credentials }: OpenStoreOptions): S3Access {
  return credentials?.s3 ?? { variables: {} };
}

/** Asks when it is first wanted, and never again; a server that could not be asked is asked the next time. */
function askedOnce(client: S3Client): () => Promise<boolean> {
  let asked: Promise<boolean> | null = null;
  return async () => {
    asked ??= isPublicBucket(client);
    try {
      return await asked;
    } catch (error) {
      asked = null;
      throw error;
    }
  };
}

async function clientFor(place: S3Place, options: S3OpenOptions): Promise<S3Client> {
  const { counter, retry, clock } = options;
  return createS3Client({
    place,
    keys: keySourceOf(place.preset, accessOf(options), options.loadProvider),
    fetch: options.fetch ?? (await fetchFor(process.env)),
    counter,
    sleep: retry?.sleep,
    clock,
  });
}
