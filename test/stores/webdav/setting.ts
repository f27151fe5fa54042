/*
 * What the tests share that save and restore through a WebDAV server.
 */
import { expect } from "vitest";
import { check } from "../../../src/operations/check.ts";
import { restore } from "../../../src/operations/restore.ts";
import { save, type SaveResult } from "../../../src/operations/save.ts";
import type { Store } from "../../../src/stores/store.ts";
import type { TestState } from "../../operations/state.ts";
import { compareFolders } from "../../support/compare-trees.ts";

/** Of all the repositories. */
export const password = "correct horse";

/** Saves as another process would; nobody but the test has the state open. */
export function saveState(store: Store, { request }: TestState): Promise<SaveResult> {
  return save({ store, password, ...request, freeze: "never" });
}

/** Restores as another machine would, and compares every file; then reads every byte of the repository. */
export async function expectSameState(store: Store, state: TestState): Promise<void> {
  const to = state.temporary.at("to");
  await restore({ store, password, ...state.request, to, force: true });
  expect(compareFolders(state.folder, to, { withoutRoot: true })).toEqual([]);
  expect((await check({ store, password, readData: true })).errors).toEqual([]);
}
