import { describe, expect, it } from "vitest";
import { filesNamed, namesIn } from "../../../src/stores/conformance/case.ts";
import type { ProfileName } from "../../s3/profiles.ts";
import { failure } from "../conformance.ts";
import { s3Place, type S3Place } from "./s3-place.ts";

const ADDRESS = "s3://vault/folder?region=eu-west-1";

/** Opened as a server of which nothing is known. */
async function unknown(place: S3Place) {
  const variables = { ...place.variables, AWS_ENDPOINT_URL_S3: place.server.url };
  return place.open({ address: ADDRESS, credentials: { s3: { variables } } });
}

describe("a server of which nothing is known", () => {
  it.each([
    ["aws", true],
    ["b2", false],
  ] as const)("like %s is asked once what it can do", async (profile: ProfileName, createOnly) => {
    await using place = await s3Place({ profile });
    const first = await unknown(place);
    expect(first.traits.createOnly).toBe(createOnly);
    expect(await namesIn(first, "")).toEqual([]);
    place.server.requests.length = 0;
    const second = await unknown(place);
    expect(second.traits.createOnly).toBe(createOnly);
    expect(place.server.requests.map(({ method }) => method)).toEqual(["GET", "GET"]);
    await second.write(filesNamed(["a"]), { createOnly });
    expect(await namesIn(second, "")).toEqual(["a"]);
  });

  it("is taken for a usual one by keys that may only read", async () => {
    await using place = await s3Place({ profile: "aws" });
    const account = place.server.accounts.get("alice");
    if (account !== undefined) account.rights = new Set(["list", "read"]);
    const store = await unknown(place);
    expect(store.traits.createOnly).toBe(true);
    expect(await namesIn(store, "")).toEqual([]);
    await failure(store.write(filesNamed(["a"])), "STORE_AUTH");
  });

  it("that was wrongly said to refuse is not trusted", async () => {
    await using place = await s3Place({ profile: "b2" });
    const variables = { ...place.variables, AWS_ENDPOINT_URL_S3: place.server.url };
    const store = await place.open({
      address: `${ADDRESS}&create-only=native`,
      credentials: { s3: { variables } },
      retry: { maxAttempts: 1 },
    });
    const { hint } = await failure(store.write(filesNamed(["a"]), { createOnly: true }), "CONFIG");
    expect(hint).toContain("create-only=none");
  });
});
