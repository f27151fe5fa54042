import { describe, expect, test } from "vitest";
import { openHubStore } from "../../../src/stores/hub.ts";
import { parseHubAddress } from "../../../src/stores/hub/address.ts";
import { isPrivateStore, openStore } from "../../../src/stores/open.ts";
import type { Store } from "../../../src/stores/store.ts";
import { bytesOf, listAll } from "../../../src/stores/conformance/case.ts";
import { failure } from "../conformance.ts";
import { ADDRESS, type HubPlace, hubPlace, QUICK, REPO } from "./hub-store.ts";

const FILES = [{ name: "data/1", bytes: bytesOf("one") }];

function openAs(place: HubPlace, token: string | null, address = ADDRESS): Promise<Store> {
  const access = { token, endpoint: place.hub.url };
  return openHubStore(parseHubAddress(address), { access, retry: QUICK });
}

describe("a dataset that cannot be used", () => {
  test("a public one is refused for reading and for writing, with the way to mend it", async () => {
    await using place = await hubPlace();
    await (await place.open()).write(FILES);
    place.hub.repo(REPO)?.setPrivate(false);
    const store = await place.open();
    for (const call of [
      store.read("data/1"),
      listAll(store, ""),
      store.write(FILES),
      store.remove(["data/1"]),
    ]) {
      const { message, hint } = await failure(call, "STORE_PUBLIC");
      expect(message).toContain("alice/vault is public");
      expect(hint).toContain("make it private at https://huggingface.co/datasets/alice/vault/settings");
    }
  });

  test("one that becomes public is not written to any more", async () => {
    await using place = await hubPlace();
    const store = await place.open();
    await store.write(FILES);
    place.hub.repo(REPO)?.setPrivate(false);
    await failure(store.write([{ name: "data/2", bytes: bytesOf("two") }]), "STORE_PUBLIC");
    expect(
      place.hub
        .repo(REPO)
        ?.files()
        .map(({ path }) => path),
    ).not.toContain("data/2");
  });

  test("a token that may only read gives its name before anything is uploaded", async () => {
    await using place = await hubPlace();
    await (await place.open()).write(FILES);
    const reader = place.hub.addToken({ user: "alice", role: "read" });
    place.hub.requests.length = 0;
    const store = await openAs(place, reader);
    const { message, hint } = await failure(store.write([{ name: "x", bytes: bytesOf("x") }]), "STORE_AUTH");
    expect(message).toMatch(/^could not write to the dataset alice\/vault: the token in HF_TOKEN may not/);
    expect(hint).toContain("it needs the right to write to the content of alice/vault");
    expect(place.hub.requests.every(({ method }) => method === "GET")).toBe(true);
    expect(Buffer.from(await store.read("data/1")).toString()).toBe("one");
  });

  test("a token that may not make a dataset is told so", async () => {
    await using place = await hubPlace();
    const reader = place.hub.addToken({ user: "alice", role: "read" });
    const { message } = await failure((await openAs(place, reader)).write(FILES), "STORE_AUTH");
    expect(message).toContain("could not make the dataset alice/vault");
  });

  test("without a token, a hidden one cannot be told from a missing one, and the message says so", async () => {
    await using place = await hubPlace();
    await (await place.open()).write(FILES);
    const { message, hint } = await failure(listAll(await openAs(place, null), ""), "STORE_AUTH");
    expect(message).toBe(
      "the Hub shows no dataset alice/vault without a token: it is private, or does not exist",
    );
    expect(hint).toContain("set HF_TOKEN");
  });

  test("a token that is unknown is not taken for a missing dataset", async () => {
    await using place = await hubPlace();
    const { message } = await failure(listAll(await openAs(place, "hf_wrong"), ""), "STORE_AUTH");
    expect(message).toBe(
      "the Hub does not know the token in HF_TOKEN (Invalid credentials in Authorization header)",
    );
  });

  test("a dataset of somebody else looks empty, and says what it may be when it is written to", async () => {
    await using place = await hubPlace();
    place.hub.addUser("bob");
    const bob = place.hub.addToken({ user: "bob", role: "write" });
    await (await place.open()).write(FILES);
    const store = await openAs(place, bob);
    expect(await listAll(store, "")).toEqual([]);
    await failure(store.write(FILES), "STORE_AUTH");
  });

  test("a token with a line break in it is refused without being shown", async () => {
    await using place = await hubPlace();
    const { message } = await failure(openAs(place, "hf_secret\nx"), "CONFIG");
    expect(message).not.toContain("secret");
  });

  test("an endpoint in the clear is refused, on this machine it is not", async () => {
    const access = { token: "hf_x", endpoint: "http://hub.example" };
    await failure(openHubStore(parseHubAddress(ADDRESS), { access }), "CONFIG");
  });

  test.each([
    "hf://alice/vault",
    "hf://datasets/alice",
    "hf://hf_secret@datasets/alice/vault",
    "hf://datasets/alice/vault/a b",
    "hf://datasets/alice/vault?token=hf_secret",
  ])("the address %s is refused", async (url) => {
    const { message } = await failure(openStore(url), "CONFIG");
    expect(message).not.toContain("secret");
  });
});

describe("whether a place on the Hub is private", () => {
  test("a private dataset and one that is still to be made are", async () => {
    await using place = await hubPlace();
    const options = { credentials: { hub: { token: place.token, endpoint: place.hub.url } } };
    expect(await isPrivateStore(ADDRESS, options)).toBe(true);
    await (await place.open()).write(FILES);
    expect(await isPrivateStore(ADDRESS, options)).toBe(true);
    place.hub.repo(REPO)?.setPrivate(false);
    await failure(isPrivateStore(ADDRESS, options), "STORE_PUBLIC");
  });

  test("a bucket is looked at, and the message says what it needs", async () => {
    await using place = await hubPlace();
    const create = (name: string, isPrivate: boolean): Promise<Response> =>
      fetch(`${place.hub.url}/api/buckets/alice/${name}`, {
        method: "POST",
        headers: { authorization: `Bearer ${place.token}`, "content-type": "application/json" },
        body: JSON.stringify({ private: isPrivate }),
      });
    expect((await create("closed", true)).status).toBe(200);
    expect((await create("open", false)).status).toBe(200);
    const options = { credentials: { hub: { token: place.token, endpoint: place.hub.url } } };
    const { hint } = await failure(openStore("hf://buckets/alice/closed", options), "CONFIG");
    expect(hint).toContain("HFAK");
    await failure(openStore("hf://buckets/alice/open", options), "STORE_PUBLIC");
  });
});
