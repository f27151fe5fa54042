import { mkdirSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { check } from "../../../src/operations/check.ts";
import { forget } from "../../../src/operations/forget.ts";
import { restore } from "../../../src/operations/restore.ts";
import { save } from "../../../src/operations/save.ts";
import { snapshots } from "../../../src/operations/snapshots.ts";
import { withLimit } from "../../../src/stores/limit.ts";
import type { DriveAccess } from "../../../src/stores/oauth/access.ts";
import { withRetry } from "../../../src/stores/retry.ts";
import type { Store } from "../../../src/stores/store.ts";
import type { Call, Clock, DriveServer } from "../../drives/server.ts";
import type { SignIn } from "../../drives/sign-in.ts";
import { openTestState, type TestState } from "../../operations/state.ts";
import { compareFolders } from "../../support/compare-trees.ts";
import { LONG } from "../../support/long.ts";
import { findRestics } from "../../support/peers.ts";
import { createRandom } from "../../support/random.ts";
import { failure } from "../conformance.ts";
import { googleDrivePlace, lineFor, oneDrivePlace, quick } from "./places.ts";

const password = "correct horse";
const restics = await findRestics();

interface Place extends AsyncDisposable {
  readonly clock: Clock;
  readonly server: DriveServer & { readonly signIn: SignIn; files(): Map<string, Buffer> };
  open(options?: { readonly access: DriveAccess }): Promise<Store>;
}

/** As `openStore` would wrap it. */
function wrapped(place: Place): () => Promise<Store> {
  return async () => withRetry(withLimit(await place.open(), 4), quick(place.clock));
}

/** Some 9 MB, or more, that cannot be compressed. */
async function writeProfile(state: TestState, seed = 30): Promise<void> {
  const random = createRandom(seed);
  for (let i = 0; i < (LONG ? 200 : 30); i++)
    await state.write(`files/${i}`, random.bytes(random.between(1, 60_000)));
  for (let i = 0; i < (LONG ? 6 : 2); i++) await state.write(`large/${i}`, random.bytes(2_900_000));
}

/** All files of the store in a folder, as whoever downloads it has them. */
function checkOut(files: ReadonlyMap<string, Buffer>, folder: string): void {
  for (const [path, bytes] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
}

const PLACES: readonly (readonly [string, () => Promise<Place>])[] = [
  ["OneDrive", () => oneDrivePlace({ maxPage: 50 })],
  ["a Google Drive whose listings are late", () => googleDrivePlace({ lateMs: 300, maxPage: 50 })],
];

describe.each(PLACES)("a state in %s", (_, openPlace) => {
  test("is saved, saved again, restored and pruned, and restic finds it right", async () => {
    await using place = await openPlace();
    await using state = await openTestState();
    const open = wrapped(place);
    await writeProfile(state);
    await save({ store: await open(), password, ...state.request });
    await state.write("files/new", createRandom(31).bytes(1_000_000));
    await state.write("large/0", createRandom(32).bytes(2_000_000));
    await save({ store: await open(), password, ...state.request });
    const before = place.server.files().size;
    await forget({ store: await open(), password, keep: { last: 1 }, prune: true });
    expect(place.server.files().size).toBeLessThanOrEqual(before);
    const to = state.temporary.at("to");
    await restore({ store: await open(), password, ...state.request, to });
    expect(compareFolders(state.folder, to)).toEqual([]);
    expect((await check({ store: await open(), password, readData: true })).errors).toEqual([]);
    expect([...place.server.files().keys()].filter((name) => name.includes("/locks/"))).toEqual([]);
    const copy = state.temporary.at("copy");
    checkOut(place.server.files(), copy);
    for (const restic of restics) await restic.open(join(copy, "vault"), password).check();
  });

  test("survives connections that break, and answers that are lost", async () => {
    await using place = await openPlace();
    await using state = await openTestState();
    await writeProfile(state);
    const random = createRandom(LONG ? 77 : 7);
    for (const does of ["lost", "answer-lost"] as const)
      place.server.faults.push({ fits: () => random.between(0, 99) < 5, times: 1_000_000, does });
    await save({ store: await wrapped(place)(), password, ...state.request });
    const to = state.temporary.at("to");
    await restore({ store: await wrapped(place)(), password, ...state.request, to });
    expect(compareFolders(state.folder, to)).toEqual([]);
    place.server.faults.length = 0;
    expect((await check({ store: await wrapped(place)(), password, readData: true })).errors).toEqual([]);
  });

  test.skipIf(!LONG)(
    "is saved although tokens end in the middle again and again, and at 1 Mbit/s",
    async () => {
      await using place = await openPlace();
      await using state = await openTestState();
      await state.write("a", createRandom(1).bytes(90_000));
      place.server.bytesPerSecond = 125_000;
      let calls = 0;
      const isDue = (): boolean => (calls += 1) % 3 === 0;
      place.server.faults.push({
        fits: isDue,
        times: 1_000_000,
        does: () => place.server.signIn.endAccess(),
      });
      await failureOrNothing(save({ store: await wrapped(place)(), password, ...state.request }));
      place.server.faults.length = 0;
      await save({ store: await wrapped(place)(), password, ...state.request });
      const to = state.temporary.at("to");
      await restore({ store: await wrapped(place)(), password, ...state.request, to });
      expect(compareFolders(state.folder, to)).toEqual([]);
    },
  );

  test("is not lost when the right is taken back, or the drive is full", async () => {
    await using place = await openPlace();
    await using state = await openTestState();
    await state.write("a", createRandom(1).bytes(90_000));
    const open = wrapped(place);
    await save({ store: await open(), password, ...state.request });
    await state.write("b", createRandom(2).bytes(6_000_000));
    const rules = (place.server as unknown as { readonly rules: { quotaBytes: number } }).rules;
    rules.quotaBytes = 300_000;
    const full = await failure(save({ store: await open(), password, ...state.request }), "DISK_FULL");
    expect(full.hint).toContain("holdfast forget --prune");
    rules.quotaBytes = 2 ** 40;
    const store = await open();
    const isPack = ({ method, body }: Call): boolean => method !== "GET" && body.length > 1_000_000;
    place.server.faults.push({ fits: isPack, does: () => place.server.signIn.revokeAll() });
    const revoked = await failure(save({ store, password, ...state.request }), "STORE_AUTH");
    expect(revoked.hint).toContain("sign in again with: holdfast init");
    const access = { token: lineFor(place.server.signIn), tokenFile: null };
    const to = state.temporary.at("to");
    await restore({ store: await place.open({ access }), password, ...state.request, to });
    expect(await readdir(to)).toEqual(["a"]);
    await save({ store: await place.open({ access }), password, ...state.request });
    expect((await check({ store: await place.open({ access }), password, readData: true })).errors).toEqual(
      [],
    );
  });

  test("has two writers at once, and both find their snapshots", async () => {
    await using place = await openPlace();
    await using one = await openTestState();
    await using other = await openTestState();
    await one.write("one", createRandom(1).bytes(500_000));
    await other.write("other", createRandom(2).bytes(500_000));
    const open = wrapped(place);
    await Promise.all([
      save({ store: await open(), password, ...one.request }),
      save({ store: await open(), password, ...other.request }),
    ]);
    expect((await snapshots({ store: await open(), password })).snapshots.length).toBe(2);
    expect((await check({ store: await open(), password, readData: true })).errors).toEqual([]);
  });
});

/** A token that is refused twice in a row is an end, which is right; nothing of it may be left broken. */
async function failureOrNothing(call: Promise<unknown>): Promise<void> {
  await call.catch((error: unknown) => expect(error).toMatchObject({ code: "STORE_AUTH" }));
}
