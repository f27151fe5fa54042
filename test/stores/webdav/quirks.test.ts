import { describe, expect, it, test } from "vitest";
import { bytesOf, filesNamed, namesIn } from "../../../src/stores/conformance/case.ts";
import { quirksOf } from "../../../src/stores/webdav/quirks.ts";
import { type Answer, type Call, startStandIn } from "../../webdav/stand-in.ts";
import { disposable, failure, testConformance } from "../conformance.ts";
import { openOn } from "./webdav-store.ts";

const PAGE: Answer = {
  status: 200,
  headers: { "content-type": "text/html; charset=utf-8" },
  body: "<!doctype html><title>sign in</title>",
};
const FILE = { name: "data/aa/one", bytes: bytesOf("some bytes") };

/** Answers so the first times that something is asked, and then as always. */
function first(times: number, matches: (call: Call) => boolean, answer: Answer | "lost") {
  let left = times;
  return (call: Call): Answer | "lost" | null => {
    if (left === 0 || !matches(call)) return null;
    left -= 1;
    return answer;
  };
}

testConformance(
  "a folder of the stand-in",
  async () => {
    const server = await startStandIn({ missingFolder: 409 });
    return disposable(await openOn(server), () => server[Symbol.asyncDispose]());
  },
  { isQuick: true },
);

describe("a write", () => {
  for (const [what, answer] of [
    ["of which the answer to MOVE is lost", "lost"],
    ["that is locked for a moment", { status: 423 }],
    ["that the proxy gives up", { status: 504 }],
    ["that has to wait", { status: 429, headers: { "retry-after": "0" } }],
  ] as const) {
    it(`${what} is done once, and has one winner`, async () => {
      await using server = await startStandIn({
        before: first(2, ({ method }) => method === "MOVE", answer),
      });
      const store = await openOn(server);
      await store.write([FILE], { createOnly: true });
      expect(Buffer.from(await store.read(FILE.name)).toString()).toBe("some bytes");
      await failure(store.write([FILE], { createOnly: true }), "ALREADY_EXISTS");
      expect(await namesIn(store, "")).toEqual([FILE.name]);
      expect([...server.files.keys()]).toEqual([`/store/${FILE.name}`]);
      await store.close();
    });
  }

  it("gives way to another one that took the name, also when its own answer was lost", async () => {
    const lost = first(1, ({ method }) => method === "MOVE", "lost");
    let isLost = false;
    await using server = await startStandIn({
      before(call) {
        // As Apache does when two look at the same time, and one moves after the other.
        if (isLost && call.method === "GET")
          server.files.set(`/store/${FILE.name}`, Buffer.from("another's"));
        const answer = lost(call);
        isLost ||= answer === "lost";
        return answer;
      },
    });
    const store = await openOn(server);
    await failure(store.write([FILE], { createOnly: true }), "ALREADY_EXISTS");
    expect(Buffer.from(await store.read(FILE.name)).toString()).toBe("another's");
  });

  it("that arrives only in part is sent again", async () => {
    let puts = 0;
    await using server = await startStandIn({
      before({ method, path, body }) {
        if (method !== "PUT") return null;
        puts += 1;
        if (puts > 1) return null;
        server.files.set(path, body.subarray(0, 3));
        return { status: 201 };
      },
    });
    const store = await openOn(server);
    await store.write([FILE]);
    expect(Buffer.from(await store.read(FILE.name)).toString()).toBe("some bytes");
    expect(puts).toBe(2);
  });

  it("names its place without the host, where the server does not know itself by that name", async () => {
    await using server = await startStandIn({
      before: ({ method, headers }) =>
        method === "MOVE" && String(headers["destination"]).startsWith("http") ? { status: 502 } : null,
    });
    const store = await openOn(server, "a%20store");
    await store.write([FILE]);
    expect([...server.files.keys()]).toEqual([`/a store/${FILE.name}`]);
  });

  it("that waits is told how long, and waits exactly so", async () => {
    const slept: number[] = [];
    await using server = await startStandIn({
      before: first(1, ({ method }) => method === "PUT", { status: 503, headers: { "retry-after": "90" } }),
    });
    const retry = { sleep: (delayMs: number) => Promise.resolve(void slept.push(delayMs)) };
    await (await openOn(server, "store", { retry })).write([FILE]);
    expect(slept).toEqual([90_000]);
  });
});

describe("a web page", () => {
  it("instead of a file is not taken for it", async () => {
    await using server = await startStandIn({
      before: first(1, ({ method, path }) => method === "GET" && path.endsWith("one"), PAGE),
    });
    const store = await openOn(server);
    await store.write([FILE]);
    expect(Buffer.from(await store.read(FILE.name)).toString()).toBe("some bytes");
  });

  it("instead of 404 is a file that is not there", async () => {
    await using server = await startStandIn({ before: ({ method }) => (method === "GET" ? PAGE : null) });
    await failure((await openOn(server)).read("config"), "NOT_FOUND");
  });

  it("instead of a list is no list", async () => {
    await using server = await startStandIn({ before: () => PAGE });
    const error = await failure(namesIn(await openOn(server), ""), "STORE_UNREACHABLE");
    expect(error.message).toMatch(/answered with a web page instead$/);
    expect(error.hint).toMatch(/^look whether webdav:\/\/127\.0\.0\.1:\d+\/store is the address for WebDAV/);
  });

  it("of our own making is a file, and so is what comes without a length", async () => {
    await using server = await startStandIn({
      before: ({ method, path }) =>
        method === "GET" && path.endsWith("one")
          ? { status: 200, body: "some bytes", isChunked: true }
          : method === "GET"
            ? { ...PAGE, body: "<html>ours", headers: { "content-type": "text/html" } }
            : null,
    });
    const store = await openOn(server);
    await store.write([{ name: "ours", bytes: bytesOf("<html>ours") }]);
    expect(Buffer.from(await store.read("ours")).toString()).toBe("<html>ours");
    await store.write([FILE]);
    expect(Buffer.from(await store.read(FILE.name)).toString()).toBe("some bytes");
  });
});

test("a list that is cut off is not believed", async () => {
  await using server = await startStandIn({
    before: ({ method }) =>
      method === "PROPFIND"
        ? { status: 207, body: '<d:multistatus xmlns:d="DAV:"><d:response><d:href>/store/</d:href>' }
        : null,
  });
  const error = await failure(namesIn(await openOn(server), ""), "STORE_UNREACHABLE");
  expect(error.message).toMatch(/is not whole$/);
});

test("a file that is listed and not found yet is waited for", async () => {
  await using server = await startStandIn({
    before: first(2, ({ method }) => method === "GET", { status: 404 }),
  });
  const store = await openOn(server);
  await store.write([FILE]);
  expect((await store.read(FILE.name)).length).toBe(FILE.bytes.length);
});

describe("Jianguoyun", () => {
  const quirks = quirksOf(new URL("https://dav.jianguoyun.com/dav/x/"));

  it("has its row", () => {
    expect(quirks).toMatchObject({ provider: "Jianguoyun", entriesAListing: 750, maxParallel: 2 });
  });

  it("says that it is blocked, and is not asked again at once", async () => {
    const body = "<d:error xmlns:d='DAV:'><s:exception>BlockedTemporarily</s:exception></d:error>";
    await using server = await startStandIn({ before: () => ({ status: 503, body }) });
    const error = await failure((await openOn(server)).read("config"), "STORE_UNREACHABLE");
    expect(error.hint).toMatch(/^wait half an hour/);
    expect(server.calls).toHaveLength(1);
  });

  it("gets 600 requests in any half hour, and no more", async () => {
    let nowMs = 0;
    const sent: number[] = [];
    await using server = await startStandIn({ before: () => ({ status: 404 }) });
    const store = await openOn(server, "store", {
      quirks: { ...quirks, maxParallel: 1 },
      clock: () => nowMs,
      retry: { random: () => 0, sleep: (delayMs) => Promise.resolve(void (nowMs += delayMs)) },
      fetch: (url, init) => {
        sent.push(nowMs);
        return fetch(url, init);
      },
    });
    for (let i = 0; i < 700; i += 1) await namesIn(store, "");
    const busiest = Math.max(
      ...sent.map((from) => sent.filter((at) => at >= from && at < from + 1_800_000).length),
    );
    expect(busiest).toBeLessThanOrEqual(600);
    expect(busiest).toBeGreaterThan(550);
  });

  it("gets no more files into a folder than it lists, but for a new index", async () => {
    await using server = await startStandIn({ entriesAListing: 750 });
    const store = await openOn(server, "store", { quirks });
    await store.write(filesNamed(["index/x", "snapshots/x"]));
    for (let i = 0; i < 705; i += 1) server.files.set(`/store/index/${i}`, Buffer.from("x"));
    expect(await namesIn(store, "index/")).toHaveLength(706);
    const save = filesNamed(["data/aa/1", "index/new", "snapshots/new"]);
    const error = await failure(store.write(save), "DISK_FULL");
    expect(error.message).toMatch(/^the folder index\/ holds 706 files/);
    expect(error.hint).toContain("holdfast forget --keep-last 50 --prune");
    await store.write(filesNamed(["data/aa/1", "index/new"]));
    for (let i = 0; i < 100; i += 1) server.files.set(`/store/index/more-${i}`, Buffer.from("x"));
    await failure(namesIn(store, "index/"), "FAILED");
  });
});

test("Koofr gets two requests at a time", async () => {
  let now = 0;
  let most = 0;
  await using server = await startStandIn();
  const store = await openOn(server, "store", {
    quirks: quirksOf(new URL("https://app.koofr.net/dav/Koofr/x/")),
    async fetch(url, init) {
      most = Math.max(most, (now += 1));
      return fetch(url, init).finally(() => (now -= 1));
    },
  });
  await Promise.all(Array.from({ length: 10 }, (_, i) => store.write(filesNamed([`data/${i}/x`]))));
  expect(most).toBe(2);
});
