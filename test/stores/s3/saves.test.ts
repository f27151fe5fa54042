import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { forget } from "../../../src/operations/forget.ts";
import { check } from "../../../src/operations/check.ts";
import { restore } from "../../../src/operations/restore.ts";
import { save } from "../../../src/operations/save.ts";
import { snapshots } from "../../../src/operations/snapshots.ts";
import type { Fetch } from "../../../src/base/fetch.ts";
import { createRequestCounter } from "../../../src/stores/count.ts";
import { openStore } from "../../../src/stores/open.ts";
import type { Store } from "../../../src/stores/store.ts";
import { openTestState, type TestState } from "../../operations/state.ts";
import { type RealServer, startMinio, startRclone } from "../../s3/real.ts";
import { compareFolders } from "../../support/compare-trees.ts";
import { LONG } from "../../support/long.ts";
import { findRestics } from "../../support/peers.ts";
import { poorLink } from "../../support/poor-link.ts";
import { createRandom, printedSeed, type Random } from "../../support/random.ts";
import type { Bucket } from "../../s3/bucket.ts";
import type { Account } from "../../s3/signature.ts";
import { failure } from "../conformance.ts";
import { QUICK, type S3Place, s3Place, toLoopback } from "./s3-place.ts";

const password = "correct horse";
const restics = await findRestics();
const ROUNDS = LONG ? 10 : 1;

async function change(state: TestState, random: Random, files: number): Promise<void> {
  for (let i = 0; i < files; i += 1)
    await state.write(`Default/${random.between(0, 30)}`, random.bytes(random.between(1, 60_000)));
}

interface Vault {
  readonly account: Account;
  readonly bucket: Bucket;
}

function vaultOf({ server }: S3Place): Vault {
  const [account, bucket] = [server.accounts.get("alice"), server.buckets.get("vault")];
  if (account === undefined || bucket === undefined) throw new Error("there is no vault");
  return { account, bucket };
}

async function mustRestore(open: () => Promise<Store>, state: TestState): Promise<void> {
  const to = state.temporary.at("to");
  await restore({ store: await open(), password, ...state.request, to, force: true });
  expect(compareFolders(state.folder, to, { withoutRoot: true })).toEqual([]);
}

/** Two writers save in turns and at once; then all but the newest snapshots are pruned. */
async function saveAndPrune(open: () => Promise<Store>): Promise<void> {
  await using first = await openTestState();
  await using second = await openTestState();
  const random = createRandom(printedSeed("s3"));
  await change(first, random, 5);
  await save({ store: await open(), password, ...first.request, freeze: "never" });
  const saved: string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await Promise.all(
      [first, second].map(async (state) => {
        await change(state, random, 5);
        const result = await save({ store: await open(), password, ...state.request, freeze: "never" });
        saved.push(result.snapshot);
      }),
    );
  }
  const access = { store: await open(), password };
  const found = (await snapshots(access)).snapshots.map(({ id }) => id);
  expect(found).toEqual(expect.arrayContaining(saved));
  await forget({ ...access, keep: { last: 1 }, prune: true });
  expect((await check({ ...access, readData: true })).errors).toEqual([]);
  await mustRestore(open, first);
  await mustRestore(open, second);
}

describe.each(["aws", "b2", "oss", "hf"] as const)("a state in a bucket of a stand-in for %s", (profile) => {
  test.skipIf(!LONG && profile !== "b2")("two writers save, and what is kept is whole", async () => {
    await using place = await s3Place({ profile });
    await saveAndPrune(() => place.open());
  });
});

for (const [name, start] of [
  ["MinIO", startMinio],
  ["rclone's S3 server", startRclone],
] as const) {
  describe.skipIf(start === null)(`a state in a bucket of ${name}`, () => {
    let server: RealServer;
    const open = (): Promise<Store> =>
      openStore("s3://vault/state", { credentials: { s3: { variables: server.variables } } });
    beforeAll(async () => {
      if (start !== null) server = await start();
      await server.makeBucket("vault");
    });
    afterAll(() => server[Symbol.asyncDispose]());

    it("two writers save, and what is kept is whole", () => saveAndPrune(open), 120_000);

    it.each(restics)(
      "restic $version reads it through its own S3 backend, and writes to it",
      async (program) => {
        const restic = program.open(`s3:${server.url}/vault/state`, password, server.variables);
        await restic.check();
        expect((await restic.snapshots()).length).toBeGreaterThan(0);
        await using state = await openTestState();
        await state.write("theirs", Buffer.from("from restic"));
        await restic.backup(state.folder);
        await restic.check();
        const found = await snapshots({ store: await open(), password });
        expect(found.snapshots.some(({ paths }) => paths.includes(state.folder))).toBe(true);
      },
    );
  });
}

interface Trouble {
  readonly when: string;
  /** What the save ends with; `null` when it does not end. */
  readonly code: string | null;
  readonly set: (vault: Vault, isOn: boolean) => void;
}

const TROUBLES: readonly Trouble[] = [
  { when: "keys are revoked", code: "STORE_AUTH", set: ({ account }, isOn) => (account.isRevoked = isOn) },
  {
    when: "keys expire",
    code: "STORE_AUTH",
    set: ({ account }, isOn) => (account.expiresMs = isOn ? 0 : null),
  },
  {
    when: "the storage is used up",
    code: "DISK_FULL",
    set: ({ bucket }, isOn) => (bucket.quotaBytes = isOn ? 1 : null),
  },
  { when: "the bucket goes public", code: null, set: ({ bucket }, isOn) => (bucket.isPublic = isOn) },
];

describe("a save that a bucket ends in the middle", () => {
  it.each(LONG ? TROUBLES : TROUBLES.slice(0, 1))("loses nothing when $when", async ({ code, set }) => {
    await using place = await s3Place({ profile: "aws" });
    await using state = await openTestState();
    const random = createRandom(11);
    await change(state, random, 20);
    const first = await save({ store: await place.open(), password, ...state.request, freeze: "never" });
    const vault = vaultOf(place);
    let puts = 0;
    const fetch: Fetch = (url, init) => {
      // The first is the lock, the next one a pack.
      if (init.method === "PUT" && ++puts === 2) set(vault, true);
      return toLoopback(url, init);
    };
    await state.write("Default/new", random.bytes(50_000));
    const saving = save({ store: await place.open({ fetch }), password, ...state.request, freeze: "never" });
    if (code === null) await saving;
    else await failure(saving, code);
    set(vault, false);
    const access = { store: await place.open(), password };
    const found = (await snapshots(access)).snapshots;
    expect(found).toHaveLength(code === null ? 2 : 1);
    expect((await check({ ...access, readData: true })).errors).toEqual([]);
    const to = state.temporary.at("to");
    await restore({ ...access, ...state.request, to, snapshot: first.snapshot });
    await save({ store: await place.open(), password, ...state.request, freeze: "never" });
    await mustRestore(() => place.open(), state);
  });
});

describe("requests to a bucket", () => {
  it("are few for a small change, and a restore needs few rounds of them", async () => {
    await using place = await s3Place({ profile: "aws" });
    await using state = await openTestState();
    await change(state, createRandom(7), 30);
    await save({ store: await place.open(), password, ...state.request, freeze: "never" });
    await state.write("Default/7", Buffer.from("changed"));
    const saving = createRequestCounter();
    await save({ store: await place.open({ counter: saving }), password, ...state.request, freeze: "never" });
    const restoring = createRequestCounter();
    const store = await place.open({ counter: restoring });
    const to = state.temporary.at("to");
    await restore({ store, password, ...state.request, to });
    process.stdout.write(
      `save: ${saving.requests}, restore: ${restoring.requests} in ${restoring.rounds} rounds\n`,
    );
    expect(saving.requests).toBeLessThanOrEqual(25);
    expect(restoring.rounds).toBeLessThanOrEqual(8);
  });
});

describe("a state that goes over a poor link", () => {
  it.each([
    ["that cuts one request of twenty", { loss: 0.05 }],
    ...(LONG ? [["of 1 Mbit/s", { bytesPerSecond: 125_000 }] as const] : []),
  ] as const)(
    "%s is saved and restored whole",
    async (_, link) => {
      await using place = await s3Place({ profile: "r2" });
      const random = createRandom(printedSeed("link"));
      await using poor = await poorLink({ port: place.server.port, random, ...link });
      await using state = await openTestState();
      const variables = { ...place.variables, R2_ENDPOINT: `http://127.0.0.1:${poor.port}` };
      const open = (): Promise<Store> =>
        place.open({
          credentials: { s3: { variables } },
          retry: { ...QUICK, maxAttempts: 20 },
          fetch: toLoopback,
        });
      for (let round = 0; round < ROUNDS; round += 1) {
        await change(state, random, 5);
        await save({ store: await open(), password, ...state.request, freeze: "never" });
      }
      await mustRestore(open, state);
      const access = { store: await place.open(), password };
      expect((await check({ ...access, readData: true })).errors).toEqual([]);
      expect((await snapshots(access)).snapshots).toHaveLength(ROUNDS);
      if ("loss" in link && LONG) expect(poor.cuts()).toBeGreaterThan(0);
    },
    300_000,
  );
});
