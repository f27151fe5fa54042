import { describe, expect, it } from "vitest";
import { parseS3Address } from "../../../src/stores/s3/address.ts";
import { isPrivateS3, type S3OpenOptions } from "../../../src/stores/s3/open.ts";
import { filesNamed, namesIn } from "../../../src/stores/conformance/case.ts";
import type { ErrorCode } from "../../../src/base/errors.ts";
import type { Store } from "../../../src/stores/store.ts";
import { PROFILES, type ProfileName } from "../../s3/profiles.ts";
import { S3Error } from "../../s3/s3-error.ts";
import type { S3Server } from "../../s3/server.ts";
import { failure } from "../conformance.ts";
import { type S3Place, s3Place, variablesFor } from "./s3-place.ts";

const CONFIG = filesNamed(["config"]);

interface Refusal {
  readonly when: string;
  readonly code: ErrorCode;
  readonly message: RegExp;
  readonly hint: RegExp;
  readonly make: (server: S3Server) => void;
  /** `write` when left out. */
  readonly call?: ((store: Store) => Promise<unknown>) | undefined;
  readonly profile?: ProfileName;
  readonly address?: string;
}

const read = (store: Store): Promise<unknown> => store.read("config");
const list = (store: Store): Promise<unknown> => namesIn(store, "");
const alice = (server: S3Server) => {
  const account = server.accounts.get("alice");
  if (account === undefined) throw new Error("there is no alice");
  return account;
};
const vault = (server: S3Server) => {
  const bucket = server.buckets.get("vault");
  if (bucket === undefined) throw new Error("there is no vault");
  return bucket;
};

const REFUSALS: readonly Refusal[] = [
  {
    when: "the bucket is missing",
    code: "CONFIG",
    message: /^there is no bucket vault at /,
    hint: /^make it at /,
    make: (server) => server.buckets.clear(),
  },
  {
    when: "the bucket is missing, and it is read",
    code: "CONFIG",
    message: /^there is no bucket vault/,
    hint: /^make it at /,
    make: (server) => server.buckets.clear(),
    call: read,
    profile: "b2",
  },
  {
    when: "the bucket is in another region",
    code: "CONFIG",
    message: /^the bucket vault is in the region eu-west-1, not in us-east-2$/,
    hint: /^set AWS_REGION=eu-west-1, or write s3:\/\/vault\?region=eu-west-1$/,
    make: () => {},
    address: "s3://vault?region=us-east-2&create-only=native",
  },
  {
    when: "the bucket answers with where it is",
    code: "CONFIG",
    message: /^the bucket vault is in the region ap-south-1, not in eu-west-1$/,
    hint: /AWS_REGION=ap-south-1/,
    make: ({ faults }) =>
      void faults.push({
        method: "PUT",
        with: new S3Error(301, "PermanentRedirect", "Use the other endpoint.", {
          headers: { "x-amz-bucket-region": "ap-south-1" },
        }),
      }),
  },
  {
    when: "everybody can list the bucket",
    code: "STORE_PUBLIC",
    message: /^everybody can list the bucket vault, and nothing is read from it or written to it$/,
    hint: /^make it private at /,
    make: (server) => (vault(server).isPublic = true),
  },
  {
    when: "everybody can list the bucket that is read",
    code: "STORE_PUBLIC",
    message: /^everybody can list the bucket vault/,
    hint: /^make it private at /,
    make: (server) => (vault(server).isPublic = true),
    call: list,
  },
  {
    when: "the keys were revoked",
    code: "STORE_AUTH",
    message: /does not know the keys of the bucket vault any more/,
    hint: /^they may have been revoked/,
    make: (server) => (alice(server).isRevoked = true),
  },
  {
    when: "the keys have expired",
    code: "STORE_AUTH",
    message: /^the keys of the bucket vault have expired/,
    hint: /make new ones/,
    make: (server) => (alice(server).expiresMs = 0),
  },
  ...(
    [
      ["write", "s3:PutObject", undefined],
      ["read", "s3:GetObject", read],
      ["list", "s3:ListBucket", list],
      ["remove", "s3:DeleteObject", (store: Store) => store.remove(["config"])],
    ] as const
  ).map(([right, name, call]): Refusal => ({
    when: `the keys may not ${right}`,
    code: "STORE_AUTH",
    message: new RegExp(`the keys of the bucket vault lack the right '${name}'`),
    hint: /^give it to them at .*docs\/stores\/s3\.md has ready policies$/,
    make: (server) =>
      (alice(server).rights = new Set([...alice(server).rights].filter((one) => one !== right))),
    call,
  })),
  ...(Object.keys(PROFILES) as ProfileName[]).map((profile): Refusal => ({
    when: `the storage at ${profile} is used up`,
    code: "DISK_FULL",
    message: /^could not write config to the bucket vault: no storage is left/,
    hint: /holdfast forget --prune/,
    make: (server) => (vault(server).quotaBytes = 1),
    profile,
  })),
  {
    when: "the bucket stands in the wrong part of the address",
    code: "CONFIG",
    message: /wants the name of the bucket elsewhere in its address \(status 403: PathStyleDomainForbidden/,
    hint: /\?style=virtual/,
    make: () => {},
    profile: "cos",
    address: "cos://vault?region=eu-west-1&style=path",
  },
  {
    when: "something else answers",
    code: "FAILED",
    message: /answered with status 404$/,
    hint: /^look whether that is the address of an S3 server/,
    make: ({ faults }) => void faults.push({ method: "PUT", with: new S3Error(404, "", "") }),
  },
];

describe("a bucket that cannot be used", () => {
  for (const { when, code, message, hint, make, call, profile = "aws", address } of REFUSALS) {
    it(`says so when ${when}`, async () => {
      await using place = await s3Place({ profile });
      const store = await place.open({
        ...(address === undefined ? {} : { address, ...withPath(place) }),
        retry: { maxAttempts: 1 },
      });
      make(place.server);
      const write = (): Promise<unknown> => store.write(CONFIG, { createOnly: store.traits.createOnly });
      const error = await failure(call === undefined ? write() : call(store), code);
      expect(error.message).toMatch(message);
      expect(error.hint).toMatch(hint);
      expect(JSON.stringify(error)).not.toContain("secret+key");
      if (code !== "STORE_PUBLIC" && !when.includes("missing"))
        expect([...vault(place.server).objects.keys()]).toEqual([]);
    });
  }

  it("says how far off the clock is", async () => {
    let nowMs = Date.parse("2026-01-01T12:00:00Z");
    await using place = await s3Place({ profile: "aws", now: () => nowMs });
    const store = await place.open({ clock: () => nowMs + 3 * 3_600_000 });
    const { message, hint } = await failure(store.write(CONFIG), "STORE_AUTH");
    expect(message).toMatch(/^the clock of this machine is wrong: it is 180 minutes ahead of that of /);
    expect(hint).toMatch(/^set the clock/);
    nowMs += 1;
    const late = await place.open({ clock: () => nowMs - 30 * 60_000 });
    expect((await failure(late.write(CONFIG), "STORE_AUTH")).message).toContain("30 minutes behind");
  });

  it("says which of the keys is wrong", async () => {
    await using place = await s3Place({ profile: "aws" });
    const endpoint = place.variables["AWS_ENDPOINT_URL_S3"] ?? "";
    const wrong = await place.open({
      credentials: { s3: { variables: variablesFor("alice", "wrong+hunter2", endpoint) } },
    });
    const { message, hint } = await failure(wrong.write(CONFIG), "STORE_AUTH");
    expect(message).toMatch(/^the secret key does not belong to the key id/);
    expect(`${message} ${hint}`).not.toContain("hunter2");
    const none = await place.open({
      address: "r2://vault?endpoint=http://127.0.0.1:9&create-only=native",
      credentials: { s3: { variables: {} } },
      retry: { maxAttempts: 1 },
      fetch: async () => new Response(null, { status: 403 }),
    });
    expect((await failure(none.write(CONFIG), "STORE_AUTH")).hint).toContain("R2_ACCESS_KEY_ID");
  });

  it("is never called private, as others may read it whom nobody sees", async () => {
    await using place = await s3Place({ profile: "aws" });
    const options = {
      credentials: { s3: { variables: { ...place.variables, AWS_ENDPOINT_URL_S3: place.server.url } } },
    };
    expect(await isPrivateS3(parseS3Address("s3://vault"), options)).toBe(false);
    vault(place.server).isPublic = true;
    await failure(isPrivateS3(parseS3Address("s3://vault"), options), "STORE_PUBLIC");
  });
});

/** The stand-in under the name that is right for the path. */
function withPath({ server }: S3Place): Pick<S3OpenOptions, "credentials"> {
  const { id, secret } = alice(server);
  return { credentials: { s3: { variables: variablesFor(id, secret, server.url) } } };
}
