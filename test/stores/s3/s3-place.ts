import { Agent, fetch as undiciFetch } from "undici";
import type { Fetch } from "../../../src/base/fetch.ts";
import { parseHubAddress } from "../../../src/stores/hub/address.ts";
import { openHubBucket } from "../../../src/stores/s3/hub-bucket.ts";
import { parseS3Address } from "../../../src/stores/s3/address.ts";
import { openS3, type S3OpenOptions } from "../../../src/stores/s3/open.ts";
import type { RetryOptions } from "../../../src/stores/retry.ts";
import type { Store } from "../../../src/stores/store.ts";
import type { ProfileName } from "../../s3/profiles.ts";
import { type S3Server, type S3ServerOptions, startS3, VIRTUAL_HOST } from "../../s3/server.ts";

/** A stand-in, and ways to its bucket. */
export interface S3Place extends AsyncDisposable {
  readonly server: S3Server;
  /** Opens the bucket `vault` as its provider's address does, with the keys of `alice`. */
  open(options?: Partial<S3OpenOptions> & { readonly address?: string }): Promise<Store>;
  /** Alice's keys, and where the stand-in is. */
  readonly variables: Readonly<Record<string, string>>;
}

/** Tries again at once. */
export const QUICK: RetryOptions = { firstDelayMs: 1, maxDelayMs: 4 };

const ADDRESSES: Readonly<Record<ProfileName, string>> = {
  aws: "s3://vault?style=virtual&region=eu-west-1&create-only=native",
  r2: "r2://vault",
  minio: "s3://vault?region=eu-west-1&create-only=native",
  b2: "b2://vault?region=eu-west-1",
  oss: "oss://vault?style=virtual&region=eu-west-1",
  cos: "cos://vault?style=virtual&region=eu-west-1",
  hf: "hf",
};

/** Starts a stand-in. */
export async function s3Place(options: S3ServerOptions): Promise<S3Place> {
  const server = await startS3(options);
  const { profile, now = Date.now } = options;
  const isVirtual = ADDRESSES[profile].includes("style=virtual");
  const endpoint = isVirtual ? `http://${VIRTUAL_HOST}:${server.port}` : server.url;
  const variables = variablesFor("alice", "alice/secret+key=", endpoint);
  return {
    server,
    variables,
    async open({ address = ADDRESSES[profile], ...more } = {}) {
      const s3 = more.credentials?.s3 ?? { variables };
      const opening = {
        retry: QUICK,
        fetch: toLoopback,
        ...more,
        credentials: { s3 },
        clock: more.clock ?? now,
      };
      if (address !== "hf") return openS3(parseS3Address(address), opening);
      return openHubBucket(parseHubAddress("hf://buckets/alice/vault"), opening);
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Keys under every name that a preset looks for. */
export function variablesFor(id: string, secret: string, endpoint: string): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: id,
    AWS_SECRET_ACCESS_KEY: secret,
    OSS_ACCESS_KEY_ID: id,
    OSS_ACCESS_KEY_SECRET: secret,
    COS_SECRET_ID: id,
    COS_SECRET_KEY: secret,
    HF_S3_ACCESS_KEY_ID: id,
    HF_S3_SECRET_ACCESS_KEY: secret,
    AWS_ENDPOINT_URL_S3: endpoint,
    R2_ENDPOINT: endpoint,
    B2_ENDPOINT: endpoint,
    OSS_ENDPOINT: endpoint,
    COS_ENDPOINT: endpoint,
    HF_S3_ENDPOINT: endpoint,
  };
}

const AGENT = new Agent({
  connect: { lookup: (_host, _options, callback) => callback(null, [{ address: "127.0.0.1", family: 4 }]) },
});

/** Takes every name of a host for this machine. */
export const toLoopback: Fetch = (url, init) => {
  const options = { ...init, dispatcher: AGENT } as unknown as NonNullable<Parameters<typeof undiciFetch>[1]>;
  return undiciFetch(url, options);
};
