import { describe, expect, it } from "vitest";
import { filesNamed, namesIn } from "../../../src/stores/conformance/case.ts";
import { isPrivateStore, openStore, type OpenStoreOptions } from "../../../src/stores/open.ts";
import { temporaryHub } from "../../hub/support.ts";
import { startS3 } from "../../s3/server.ts";
import { failure } from "../conformance.ts";

const ADDRESS = "hf://buckets/alice/vault/folder";

/** A Hub, and the gateway to its buckets. */
async function hubWithGateway(isPrivate: boolean) {
  const hub = await temporaryHub();
  const gateway = await startS3({ profile: "hf" });
  const response = await fetch(`${hub.hub.url}/api/buckets/alice/vault`, {
    method: "POST",
    headers: { authorization: `Bearer ${hub.token}`, "content-type": "application/json" },
    body: JSON.stringify({ private: isPrivate }),
  });
  expect(response.status).toBe(200);
  const { id = "", secret = "" } = gateway.accounts.get("alice") ?? {};
  const variables = {
    HF_S3_ACCESS_KEY_ID: id,
    HF_S3_SECRET_ACCESS_KEY: secret,
    HF_S3_ENDPOINT: gateway.url,
  };
  const options: OpenStoreOptions = {
    credentials: { hub: { token: hub.token, endpoint: hub.hub.url }, s3: { variables } },
  };
  return {
    options,
    gateway,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await hub[Symbol.asyncDispose]();
    },
  };
}

describe("a bucket of the Hub", () => {
  it("is a store when it is private, and the gateway never sees the token", async () => {
    await using place = await hubWithGateway(true);
    expect(await isPrivateStore(ADDRESS, place.options)).toBe(true);
    const store = await openStore(ADDRESS, place.options);
    expect(store.url).toBe(ADDRESS);
    const [file] = filesNamed(["config"]);
    if (file === undefined) throw new Error("there is no file");
    await store.write([file], { createOnly: true });
    await failure(store.write([file], { createOnly: true }), "ALREADY_EXISTS");
    expect(await store.read("config")).toEqual(new Uint8Array(file.bytes));
    expect(await namesIn(store, "")).toEqual(["config"]);
    expect([...(place.gateway.buckets.get("vault")?.objects.keys() ?? [])]).toEqual(["folder/config"]);
    expect(JSON.stringify(place.gateway.requests)).not.toContain("hf_");
    expect(place.gateway.requests.every(({ headers }) => !/^bearer/i.test(headers.authorization ?? ""))).toBe(
      true,
    );
  });

  it("is none when everybody can read it", async () => {
    await using place = await hubWithGateway(false);
    await failure(openStore(ADDRESS, place.options), "STORE_PUBLIC");
    await failure(isPrivateStore(ADDRESS, place.options), "STORE_PUBLIC");
    expect(place.gateway.requests).toEqual([]);
  });
});
