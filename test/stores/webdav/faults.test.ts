import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Fetch } from "../../../src/base/fetch.ts";
import { forget } from "../../../src/operations/forget.ts";
import { snapshots } from "../../../src/operations/snapshots.ts";
import { openTestState } from "../../operations/state.ts";
import { LONG } from "../../support/long.ts";
import { createRandom, printedSeed, type Random } from "../../support/random.ts";
import { findApache, startApache } from "../../webdav/apache.ts";
import { USER, type WebdavServer } from "../../webdav/server.ts";
import { startStandIn } from "../../webdav/stand-in.ts";
import { disposable, failure, testConformance } from "../conformance.ts";
import { expectSameState, password, saveState } from "./setting.ts";
import { openOn } from "./webdav-store.ts";

const apache = await findApache();
const ROUNDS = LONG ? 60 : 4;
const LOSS = 0.05;
/** One megabit in a second. */
const SLOW_BYTES_A_SECOND = 125_000;
const SLOW_BYTES = LONG ? 6_000_000 : 50_000;

describe.skipIf(apache === null)("at Apache", () => {
  it(`loses nothing in ${ROUNDS} saves when every request fails at 5 %`, async () => {
    await using server = await startApache(apache ?? "");
    await using state = await openTestState();
    const random = createRandom(printedSeed("loss"));
    const open = () => openOn(server, "store", { fetch: lossy(random) });
    let expected: string[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      for (let file = 0; file < 3; file += 1)
        await state.write(`f/${random.between(0, 20)}`, random.bytes(random.between(1, 20_000)));
      expected.push((await saveState(await open(), state)).snapshot);
      if (round % 4 === 0) {
        const { removed } = await forget({ store: await open(), password, keep: { last: 3 }, prune: true });
        expected = expected.filter((id) => !removed.includes(id));
      }
      if (round % 10 === 0 || round === ROUNDS) await expectSameState(await open(), state);
    }
    const listed = await snapshots({ store: await openOn(server), password });
    expect(listed.damaged).toEqual([]);
    expect(listed.snapshots.map(({ id }) => id)).toEqual(expected);
  });

  it("keeps what two writers save at the same time", async () => {
    await using server = await startApache(apache ?? "");
    await using first = await openTestState();
    await using second = await openTestState();
    await first.write("a", "before");
    const saved = [(await saveState(await openOn(server), first)).snapshot];
    for (let round = 0; round < (LONG ? 20 : 1); round += 1) {
      await first.write("a", `first ${round}`);
      await second.write("b", `second ${round}`);
      const results = await Promise.all([
        saveState(await openOn(server), first),
        saveState(await openOn(server), second),
      ]);
      saved.push(...results.map(({ snapshot }) => snapshot));
    }
    const listed = await snapshots({ store: await openOn(server), password });
    expect(listed.snapshots.map(({ id }) => id).sort()).toEqual(saved.sort());
    await expectSameState(await openOn(server), second);
  });

  it("says that the password is not taken any more, and goes on with the new one", async () => {
    await using server = await startApache(apache ?? "");
    await using state = await openTestState();
    await state.write("a", "before");
    await saveState(await openOn(server), state);
    const users = `${server.folder}/../basic`;
    let writes = 0;
    const revoking: Fetch = async (url, init) => {
      if (init.method === "MOVE" && (writes += 1) === 2) await writeFile(users, `${USER}:{SHA}revoked=\n`);
      return fetch(url, init);
    };
    await state.write("b", createRandom(1).bytes(100_000));
    const error = await failure(
      saveState(await openOn(server, "store", { fetch: revoking }), state),
      "STORE_AUTH",
    );
    expect(error.message).toMatch(/does not take the user and password \(status 401\)/);
    expect(error.hint).toMatch(/^check HOLDFAST_WEBDAV_USER/);
    expect(JSON.stringify(error)).not.toContain(server.password);
    await writeFile(users, `${USER}:{SHA}${createHash("sha1").update("new").digest("base64")}\n`);
    const changed = { ...server, password: "new" };
    await saveState(await openOn(changed), state);
    await expectSameState(await openOn(changed), state);
  });

  it("saves and restores through a line of 1 Mbit/s", async () => {
    await using server = await startApache(apache ?? "");
    await using line = await slowLine(server.url);
    await using state = await openTestState();
    await state.write("a", createRandom(2).bytes(SLOW_BYTES));
    const slow = { ...server, url: line.url };
    const startedMs = performance.now();
    await saveState(await openOn(slow), state);
    expect(performance.now() - startedMs).toBeGreaterThan((SLOW_BYTES / SLOW_BYTES_A_SECOND) * 900);
    await expectSameState(await openOn(LONG ? server : slow), state);
  });
});

describe.skipIf(apache === null || !LONG)("on a bad line", () => {
  let server: WebdavServer;
  let stores = 0;
  const random = createRandom(printedSeed("bad line"));
  beforeAll(async () => {
    if (apache !== null) server = await startApache(apache);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  testConformance(
    "a folder of Apache, with every request failing at 5 %,",
    async () => disposable(await openOn(server, `store-${(stores += 1)}`, { fetch: lossy(random) })),
    { isQuick: !LONG },
  );
});

it("a quota that is used up loses nothing, and room that is made is used", async () => {
  let quotaBytes = Number.POSITIVE_INFINITY;
  await using server = await startStandIn({
    before({ method, body }) {
      const used = [...server.files.values()].reduce((total, bytes) => total + bytes.length, 0);
      return method === "PUT" && used + body.length > quotaBytes ? { status: 507 } : null;
    },
  });
  await using state = await openTestState();
  await state.write("a", "before");
  await saveState(await openOn(server), state);
  const names = [...server.files.keys()].sort();
  quotaBytes = 50_000;
  await state.write("b", createRandom(3).bytes(100_000));
  const error = await failure(saveState(await openOn(server), state), "DISK_FULL");
  expect(error.message).toMatch(/there is no room left at 127\.0\.0\.1:\d+ \(status 507\)/);
  expect(error.hint).toContain("holdfast forget");
  expect([...server.files.keys()].sort()).toEqual(names);
  quotaBytes = Number.POSITIVE_INFINITY;
  await saveState(await openOn(server), state);
  await expectSameState(await openOn(server), state);
});

it("a file that another writer takes away just when it is to be replaced is replaced all the same", async () => {
  let moves = 0;
  await using server = await startStandIn({
    before: ({ method }) => (method === "MOVE" && ++moves < 4 ? { status: 404 } : null),
  });
  const store = await openOn(server);
  await store.write([{ name: "leases/one", bytes: Buffer.from("x") }]);
  expect(Buffer.from(await store.read("leases/one")).toString()).toBe("x");
  expect(moves).toBe(4);
});

it("an upload that arrives after it was given up is gone once the store is closed", async () => {
  let removals = 0;
  await using server = await startStandIn({
    before({ method }) {
      if (method === "MOVE") return { status: 507 };
      // Not there yet, as when the server still holds the bytes of a request that was cut off.
      return method === "DELETE" && ++removals === 1 ? { status: 404 } : null;
    },
  });
  const store = await openOn(server);
  await failure(store.write([{ name: "config", bytes: Buffer.from("x") }]), "DISK_FULL");
  expect(server.files.size).toBe(1);
  await store.close();
  expect([...server.files.keys()]).toEqual([]);
});

/** Loses a request or its answer, so often. */
function lossy(random: Random): Fetch {
  return async (url, init) => {
    const dice = random.fraction();
    if (dice < LOSS / 2) throw new TypeError("fetch failed", { cause: { code: "ECONNRESET" } });
    const response = await fetch(url, init);
    if (dice < LOSS) {
      await response.arrayBuffer();
      throw new TypeError("fetch failed", { cause: { code: "ECONNRESET" } });
    }
    return response;
  };
}

/** A way to a server on which all connections together get so many bytes through, each way. */
async function slowLine(target: string): Promise<AsyncDisposable & { readonly url: string }> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const pass = async (from: Socket, to: Socket, lane: { freeAtMs: number }): Promise<void> => {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      lane.freeAtMs =
        Math.max(lane.freeAtMs, performance.now()) + (chunk.length / SLOW_BYTES_A_SECOND) * 1000;
      await setTimeout(lane.freeAtMs - performance.now());
      if (!to.writable) return;
      to.write(chunk);
    }
    to.end();
  };
  const [up, down] = [{ freeAtMs: 0 }, { freeAtMs: 0 }];
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const socket of [near, far]) sockets.add(socket);
    // Whichever side goes, the other one is told.
    pass(near, far, up).catch(() => far.destroy());
    pass(far, near, down).catch(() => near.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
