import { expect, test } from "vitest";
import type { SaveRequest, SaveResult } from "../../src/operations/save.ts";
import type { Engine } from "../../src/run/engine.ts";
import { StateSaver } from "../../src/run/state-saver.ts";

/** Counts its saves, each of which ends when it is told to. */
function openSaver() {
  const saves: { readonly request: SaveRequest; readonly end: () => void }[] = [];
  const call = (_: string, request: SaveRequest): Promise<unknown> => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const snapshot = String(saves.length + 1);
    const bytes = { state: 1, read: 1, added: 1, stored: 1 };
    const result: Partial<SaveResult> = { snapshot, bytes, unchanged: false, shrunk: false, seconds: 0 };
    saves.push({ request, end: () => resolve({ ...result, next_save_at: null }) });
    return promise;
  };
  const saver = new StateSaver({
    engine: { call } as unknown as Engine,
    state: ["data"],
    saving: {},
    intervalMs: 1,
    now: () => new Date(0),
    onEvent: () => undefined,
  });
  return { saver, saves };
}

test("a save descends from the one before it, even when it was asked for earlier", async () => {
  const { saver, saves } = openSaver();
  const both = [saver.save("changed"), saver.save("asked")];
  await expect.poll(() => saves.length).toBe(1);
  saves[0]?.end();
  await expect.poll(() => saves.length).toBe(2);
  saves[1]?.end();
  await Promise.all(both);
  expect(saves.map(({ request }) => request.base)).toEqual([null, "1"]);
});

test("nothing descends from a save in quarantine that ends after the quarantine", async () => {
  const { saver, saves } = openSaver();
  saver.quarantined = true;
  const saved = saver.save("changed");
  await expect.poll(() => saves.length).toBe(1);
  saver.quarantined = false;
  saver.base = { id: "good", time: new Date(0) };
  saves[0]?.end();
  await saved;
  expect(saves[0]?.request.beside).toBe("quarantine");
  expect(saver.base.id).toBe("good");
});

test("what is saved after a hand-over is a fork, also when the other instance has not saved yet", async () => {
  const { saver, saves } = openSaver();
  saver.base = { id: "handed over", time: new Date(0) };
  saver.handedOver = true;
  const saved = saver.save("last");
  await expect.poll(() => saves.length).toBe(1);
  saves[0]?.end();
  await saved;
  expect(saves[0]?.request).toMatchObject({ base: "handed over", beside: "fork" });
});
