import { HoldfastError } from "../../base/errors.ts";
import type { HubAddress } from "../hub/address.ts";
import type { Store } from "../store.ts";
import { type S3Access, variableOf } from "./access.ts";
import { hasKeys } from "./key-source.ts";
import { accessOf, openPlace, type S3OpenOptions } from "./open.ts";
import { placeOf, type S3Place } from "./place.ts";
import { HUB_BUCKETS, HUB_GATEWAY } from "./presets.ts";

/**
 * Opens a bucket of the Hub. Buckets are reached as S3, with the namespace in the endpoint: the Hub's own
 * interface cannot add with a condition.
 *
 * @throws {HoldfastError} `CONFIG` without S3 keys, with the way to make them
 */
export async function openHubBucket(address: HubAddress, options: S3OpenOptions): Promise<Store> {
  const access = accessOf(options);
  if (!hasKeys(HUB_BUCKETS, access)) throw needsKeys(address);
  return openPlace(hubBucketPlace(address, access), options);
}

function hubBucketPlace({ repo, prefix }: HubAddress, access: S3Access): S3Place {
  const [namespace = "", bucket = ""] = repo.split("/");
  const gateway = variableOf(access, HUB_BUCKETS.endpointVariables) ?? HUB_GATEWAY;
  const url = `hf://buckets/${[repo, prefix].filter((part) => part !== "").join("/")}`;
  const settings = { endpoint: `${gateway.replace(/\/+$/, "")}/${namespace}` };
  return placeOf({ url, bucket, prefix, host: null, preset: HUB_BUCKETS, settings }, access);
}

function needsKeys({ repo }: HubAddress): HoldfastError {
  return new HoldfastError({
    code: "CONFIG",
    message: `the bucket ${repo} is used through the S3 gateway of the Hub, and there are no S3 keys`,
    hint: "make a pair (HFAK…) from a token that may write, at https://huggingface.co/settings/tokens, and set HF_S3_ACCESS_KEY_ID and HF_S3_SECRET_ACCESS_KEY; or use hf://datasets/namespace/name",
  });
}
