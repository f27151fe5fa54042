/*
 * What the tests of endurance share. Each of them has a file of its own, so that they run beside each other.
 */
import { expect, vi } from "vitest";
import type { OpenedRepository } from "../../../../src/operations/open-repository.ts";
import { restore } from "../../../../src/operations/restore.ts";
import { save, type SaveResult } from "../../../../src/operations/save.ts";
import { createRepository } from "../../../../src/repository/repository.ts";
import { masterKeyJson, quickKeyFile } from "../../../repository/quick-key.ts";
import type { TestState } from "../../../operations/state.ts";
import { useBuiltThreads } from "../../../support/built-threads.ts";
import { compareFolders } from "../../../support/compare-trees.ts";
import type { Random } from "../../../support/random.ts";
import type { HubPlace } from "../hub-store.ts";

useBuiltThreads();
// Restores start a thread for each core, and most of what a small one costs is their start.
vi.mock("node:os", async (load) => ({ ...(await load<object>()), availableParallelism: () => 1 }));

/** Of all the repositories. */
export const password = "correct horse";

const FILE_BYTES = 20_000;

/** Changes some files of a profile, of which it has at most `of`. */
export async function writeSomeFiles(
  state: TestState,
  random: Random,
  count: number,
  of = 40,
): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    const name = `Default/${random.between(0, of)}`;
    await state.write(name, random.bytes(random.between(1, FILE_BYTES)));
  }
}

/** Makes the repository, with a key that opens in no time: these tests open it thousands of times. */
export async function createQuickly(place: HubPlace): Promise<void> {
  const store = await place.open();
  const { keys, keyId } = await createRepository(store, { password });
  const { name, bytes } = quickKeyFile(password, "2026-01-01T00:00:00Z", masterKeyJson(keys));
  await store.write([{ name, bytes }]);
  await store.remove([`keys/${keyId}`]);
}

/** Saves as another process would; nobody but the test has the state open. */
export async function saveState(
  place: HubPlace,
  { request }: TestState,
  repository?: OpenedRepository,
): Promise<SaveResult> {
  const access = repository === undefined ? { store: await place.open(), password } : { repository };
  return save({ ...access, ...request, freeze: "never" });
}

/** Restores as another machine would, and compares every file. */
export async function expectSameState(place: HubPlace, state: TestState): Promise<void> {
  const to = state.temporary.at("to");
  await restore({ store: await place.open(), password, ...state.request, to, force: true });
  expect(compareFolders(state.folder, to, { withoutRoot: true })).toEqual([]);
}

/** A clock that goes on by itself, and jumps between saves, so that they are as far apart as they would be. */
export function fastTime(): { readonly now: () => number; pass(ms: number): void } {
  let offsetMs = 0;
  return { now: () => Date.now() + offsetMs, pass: (ms) => void (offsetMs += ms) };
}
