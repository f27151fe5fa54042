import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { save } from "../../src/operations/save.ts";
import { clear } from "../../src/operations/clear.ts";
import { check } from "../../src/operations/check.ts";
import { prune } from "../../src/operations/prune.ts";
import { aliveFile } from "../../src/run/lease-files.ts";
import { namesIn } from "../../src/stores/conformance/case.ts";
import { openLocalStore } from "../../src/stores/local.ts";
import type { Store } from "../../src/stores/store.ts";
import { openTestState } from "../operations/state.ts";
import { hubPlace, REPO } from "../stores/hub/hub-store.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { hold, take } from "./lease-scene.ts";
import { VirtualTime } from "./virtual-time.ts";

const HOLDER = fileURLToPath(new URL("./lease-holder.fixture.ts", import.meta.url));

interface Holder extends AsyncDisposable {
  readonly process: ChildProcess;
  /** Waits until it has said so. */
  says(line: string): Promise<void>;
  readonly said: readonly string[];
}

function startHolder(url: string): Holder {
  const child = spawn(process.execPath, [HOLDER, url], { stdio: ["ignore", "pipe", "inherit"] });
  const said: string[] = [];
  const lines = createInterface(child.stdout).on("line", (line) => said.push(line));
  return {
    process: child,
    said,
    async says(line) {
      while (!said.includes(line)) {
        if (child.exitCode !== null || child.signalCode !== null)
          throw new Error(`it ended after ${said.join()}`);
        await Promise.race([once(lines, "line"), once(child, "exit")]);
      }
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

describe("two processes with a local store", () => {
  test("the old one hands over, and sees that it has", { timeout: 60_000 }, async () => {
    await using folder = await temporaryFolder();
    await using old = startHolder(folder.at("store"));
    await old.says("held");
    await using young = startHolder(folder.at("store"));
    await young.says("held");
    await old.says("lost");
    expect(old.said).toEqual(["held", "asked", "lost"]);
    expect(young.said).toEqual(["waiting", "held"]);
  });

  test("one that was killed is not waited for", { timeout: 60_000 }, async () => {
    await using folder = await temporaryFolder();
    await using old = startHolder(folder.at("store"));
    await old.says("held");
    old.process.kill("SIGKILL");
    await once(old.process, "exit");
    await using young = startHolder(folder.at("store"));
    await young.says("held");
    expect(young.said).toEqual(["held"]);
  });
});

describe("on the Hub", () => {
  test("a look is one small request, a lease one commit, and a sign of life rides on a save", async () => {
    let nowMs = Date.now();
    await using place = await hubPlace({ now: () => nowMs });
    await using state = await openTestState();
    const [store, time] = [await place.open(), new VirtualTime()];
    const commits = (): number => place.hub.repo(REPO)?.commits().length ?? 0;
    const lease = await time.until(take(store, time));
    const afterLease = commits();
    expect(afterLease).toBeLessThanOrEqual(2); // one made the dataset
    const before = place.hub.requests.length;
    for (let look = 0; look < 10; look += 1) {
      nowMs += 5000;
      expect(await lease.poll()).toBe("held");
    }
    expect(place.hub.requests.length - before).toBeLessThanOrEqual(10);
    await lease.refresh();
    expect(commits()).toBe(afterLease);
    await state.write("session", "logged in");
    // As the process that saves does, through a store of its own.
    const saver = await place.open();
    await saver.write([aliveFile(lease.claim, new Date())], { deferred: true });
    const access = { store: saver, password: "x" };
    await save({ ...access, ...state.request, freeze: "never" });
    const afterSave = commits();
    await saver.write([aliveFile(lease.claim, new Date())], { deferred: true });
    const same = await save({ ...access, ...state.request, freeze: "never", unlessUnchanged: true });
    expect(same.unchanged).toBe(true);
    expect(commits()).toBe(afterSave);
    expect(await namesIn(await place.open(), "leases/")).toContain(`${lease.claim}.alive`);
    expect(await lease.release()).toBe(true);
    expect(commits()).toBe(afterSave + 1);
  });

  test("the history is given up while a lease is refreshed, and nothing is taken for lost", async () => {
    await using place = await hubPlace();
    await using state = await openTestState();
    const time = new VirtualTime();
    const beside = await place.open();
    const lease = await time.until(take(beside, time));
    await beside.write([aliveFile(lease.claim, new Date())]);
    let squashes = 0;
    const store = await place.open({
      async fetch(url, init) {
        if (url.includes("/super-squash/")) {
          squashes += 1;
          await beside.write([aliveFile(lease.claim, new Date())]);
        }
        return fetch(url, init);
      },
    });
    const access = { store, password: "x" };
    await state.write("session", "logged in");
    await save({ ...access, ...state.request, freeze: "never" });
    await prune(access);
    expect(squashes).toBe(1);
    expect(await lease.poll()).toBe("held");
    expect(await check({ ...access, readData: true })).toMatchObject({ errors: [] });
  });

  test("two instances hand over", async () => {
    const time = new VirtualTime();
    await using place = await hubPlace({ now: () => Date.UTC(2026, 0, 1) + time.nowMs });
    const first = await time.until(take(await place.open(), time));
    const holding = hold(first, time);
    const second = await time.until(take(await place.open(), time));
    expect(await time.until(holding)).toBe("lost");
    expect(await second.poll()).toBe("held");
  });
});

const STORES: readonly (readonly [string, (folder: string) => Promise<Store>])[] = [
  ["a local store", async (folder) => openLocalStore(folder)],
];

test.each(STORES)("in %s other commands do not mind leases, and clear removes them", async (_, open) => {
  await using state = await openTestState();
  const store = await open(state.temporary.at("store"));
  const time = new VirtualTime();
  const access = { store, password: "x" };
  // The lease comes first: the repository is made beside it.
  const lease = await time.until(take(store, time));
  await lease.refresh();
  await state.write("session", "logged in");
  await save({ ...access, ...state.request, freeze: "never" });
  await lease.acknowledge();
  expect(await check({ ...access, readData: true })).toMatchObject({ errors: [] });
  await prune(access);
  expect(await lease.poll()).toBe("held");
  expect(await namesIn(store, "leases/")).toHaveLength(3);
  await clear({ repository: access });
  expect(await namesIn(store, "")).toEqual([]);
});

test("an old instance that comes back after another has taken over sees so, and saves only forks", async () => {
  await using state = await openTestState();
  const { store } = state.access;
  const time = new VirtualTime();
  const saveAs = async (session: string, base: string | null) => {
    await state.write("session", session);
    return save({ ...state.access, ...state.request, freeze: "never", base });
  };
  const old = await time.until(take(store, time));
  const first = await saveAs("1", null);
  // It stands still, so that it does not answer; the next one goes on from what is saved.
  const young = await time.until(take(store, time));
  const second = await saveAs("of the new instance", first.snapshot);
  const late = await saveAs("of the old instance, too late", first.snapshot);
  expect([await old.poll(), await young.poll()]).toEqual(["lost", "held"]);
  expect(late).toMatchObject({ fork: true, tags: ["fork"], parent: first.snapshot });
  expect(await saveAs("of the new instance, later", second.snapshot)).toMatchObject({ fork: false });
});
