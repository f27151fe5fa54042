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
 * @throws {HoldfastError} `CONFIG` for a bucket, with the way to use it; `STORE_PUBLIC` when the bucket is
 */
export async function openHub(address: HubAddress, options: OpenStoreOptions): Promise<Store> {
  const access = accessOf(options);
  const { counter, retry } = options;
  if (address.kind === "datasets") return openHubStore(address, { access, counter, retry });
  await checkBucket(await clientFor(address, options));
  throw needsKeys(address);
}

/**
 * Whether a place on the Hub is private, or missing, so that it will be made so.
 *
 * @throws {HoldfastError} `STORE_PUBLIC` when everybody can read it; `STORE_AUTH`, `STORE_UNREACHABLE`
 */
export async function isPrivateOnHub(address: HubAddress, options: OpenStoreOptions): Promise<boolean> {
  const client = await clientFor(address, options);
  if (address.kind === "buckets") {
    await checkBucket(client);
    return true;
  }
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

/** A bucket that everybody can read is no place for a state. */
async function checkBucket(client: HubClient): Promise<void> {
  if ((await isPrivateBucket(client)) !== false) return;
  throw new HoldfastError({
    code: "STORE_PUBLIC",
    message: `the bucket ${client.repo} is public, and nothing is read from it or written to it`,
    hint: `make it private at https://huggingface.co/buckets/${client.repo}/settings, or name another one`,
  });
}

/** Buckets are reached as S3, with keys of their own, because the Hub's interface cannot add with a condition. */
function needsKeys({ repo }: HubAddress): HoldfastError {
  return new HoldfastError({
    code: "CONFIG",
    message: `the bucket ${repo} can only be used through the S3 gateway of the Hub, which this version does not know yet`,
    hint: "use hf://datasets/namespace/name; for later, S3 keys (HFAK…) are made from a token at https://huggingface.co/settings/tokens",
  });
}
