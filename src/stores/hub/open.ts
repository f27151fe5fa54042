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
import { type S3Access, variableOf } from "../s3/access.ts";
import { hasKeys } from "../s3/key-source.ts";
import { openPlace } from "../s3/open.ts";
import { placeOf, type S3Place } from "../s3/place.ts";
import { HUB_BUCKETS, HUB_GATEWAY } from "../s3/presets.ts";

/**
 * Opens a place on the Hub.
 *
 * @throws {HoldfastError} `CONFIG` for a bucket without S3 keys; `STORE_PUBLIC` when the bucket is
 */
export async function openHub(address: HubAddress, options: OpenStoreOptions): Promise<Store> {
  const access = accessOf(options);
  const { counter, retry } = options;
  if (address.kind === "datasets") return openHubStore(address, { access, counter, retry });
  const s3 = options.credentials?.s3 ?? { variables: {} };
  await checkBucket(await clientFor(address, options));
  if (!hasKeys(HUB_BUCKETS, s3)) throw needsKeys(address);
  return openPlace(bucketPlace(address, s3), { ...options, isPrivate: true });
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

/** Buckets are reached as S3, with the namespace in the endpoint: the Hub's own interface cannot add with a condition. */
function bucketPlace({ repo, prefix }: HubAddress, s3: S3Access): S3Place {
  const [namespace = "", bucket = ""] = repo.split("/");
  const gateway = variableOf(s3, HUB_BUCKETS.endpointVariables) ?? HUB_GATEWAY;
  const url = `hf://buckets/${[repo, prefix].filter((part) => part !== "").join("/")}`;
  const settings = { endpoint: `${gateway.replace(/\/+$/, "")}/${namespace}` };
  return placeOf({ url, bucket, prefix, host: null, preset: HUB_BUCKETS, settings }, s3);
}

function needsKeys({ repo }: HubAddress): HoldfastError {
  return new HoldfastError({
    code: "CONFIG",
    message: `the bucket ${repo} is used through the S3 gateway of the Hub, and there are no S3 keys`,
    hint: "make a pair (HFAK…) from a token that may write, at https://huggingface.co/settings/tokens, and set HF_S3_ACCESS_KEY_ID and HF_S3_SECRET_ACCESS_KEY; or use hf://datasets/namespace/name",
  });
}
