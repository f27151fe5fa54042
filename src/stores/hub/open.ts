import { HoldfastError } from "../../base/errors.ts";
import { openHubStore } from "../hub.ts";
import type { OpenStoreOptions } from "../open.ts";
import type { Store } from "../store.ts";
import type { HubAccess } from "./access.ts";
import type { HubAddress } from "./address.ts";
import { readInfo } from "./api.ts";
import { createClient, type HubClient } from "./client.ts";
import { publicRepo } from "./errors.ts";
import { isPrivateBucket } from "./repo.ts";
import { fetchFor } from "../../base/fetch.ts";

/**
 * Opens a place on the Hub.
 *
 * @throws {HoldfastError} `CONFIG` for a bucket without S3 keys; `STORE_PUBLIC` when the bucket is
 */
export async function openHub(address: HubAddress, options: OpenStoreOptions): Promise<Store> {
  const access = accessOf(options);
  const { counter, retry } = options;
  if (address.kind === "datasets") return openHubStore(address, { access, counter, retry });
  const isPrivate = await isClosedBucket(await clientFor(address, options));
  return (await import("../s3/hub-bucket.ts")).openHubBucket(address, { ...options, isPrivate });
}

/**
 * Whether a place on the Hub is private, or a dataset that is missing, so that it will be made so.
 *
 * @throws {HoldfastError} `STORE_PUBLIC` when everybody can read it; `STORE_AUTH`, `STORE_UNREACHABLE`
 */
export async function isPrivateOnHub(address: HubAddress, options: OpenStoreOptions): Promise<boolean> {
  const client = await clientFor(address, options);
  if (address.kind === "buckets") return isClosedBucket(client);
  const info = await readInfo(client);
  if (info !== null && !info.isPrivate) throw publicRepo(client);
  return true;
}

function accessOf({ credentials }: OpenStoreOptions): HubAccess {
  return credentials?.hub ?? { token: null };
}

async function clientFor({ repo }: HubAddress, options: OpenStoreOptions): Promise<HubClient> {
  const { counter, retry } = options;
  return createClient({
    access: accessOf(options),
    repo,
    fetch: await fetchFor(process.env),
    counter,
    retry,
  });
}

/** Whether a bucket is seen to be private. One that everybody can read is no place for a state. */
async function isClosedBucket(client: HubClient): Promise<boolean> {
  const isPrivate = await isPrivateBucket(client);
  if (isPrivate !== false) return isPrivate === true;
  throw new HoldfastError({
    code: "STORE_PUBLIC",
    message: `the bucket ${client.repo} is public, and nothing is read from it or written to it`,
    hint: `make it private at https://huggingface.co/buckets/${client.repo}/settings, or name another one`,
  });
}
