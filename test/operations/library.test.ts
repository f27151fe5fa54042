import { readFile, rm } from "node:fs/promises";
import { expect, test } from "vitest";
import * as holdfast from "../../src/index.ts";
import { openTestState } from "./state.ts";

test("the package exports every operation, and errors to tell apart", () => {
  const values = Object.entries(holdfast).map(([name, value]) => `${name}: ${typeof value}`);
  expect(values.toSorted()).toEqual([
    "ERROR_CODES: object",
    "HoldfastError: function",
    "VARIABLE_LIMITS: object",
    "addKey: function",
    "adopt: function",
    "changePassword: function",
    "check: function",
    "clear: function",
    "cookieStatus: function",
    "copy: function",
    "diff: function",
    "doctor: function",
    "exportCookies: function",
    "fitJar: function",
    "forget: function",
    "formatCookies: function",
    "importCookies: function",
    "isHoldfastError: function",
    "listKeys: function",
    "ls: function",
    "openRepository: function",
    "openSealedCookies: function",
    "parseCookies: function",
    "profiles: function",
    "prune: function",
    "readCookies: function",
    "recogniseFormat: function",
    "removeKey: function",
    "restore: function",
    "restoreCookies: function",
    "run: function",
    "save: function",
    "saveCookies: function",
    "savedProfiles: function",
    "sealCookies: function",
    "signIn: function",
    "snapshots: function",
    "unlock: function",
    "usage: function",
  ]);
});

test("save, lose it, get it back, with one opened repository", async () => {
  await using state = await openTestState();
  await state.write("session", "logged in");
  await holdfast.save({ ...state.access, ...state.request });
  await rm(state.folder, { recursive: true });

  await using repository = await holdfast.openRepository(state.access);
  const restored = await holdfast.restore({ repository, ...state.request });
  expect(await readFile(state.at("session"), "utf8")).toBe("logged in");
  const saved = await holdfast.save({ repository, ...state.request });
  expect(saved).toMatchObject({ parent: restored.snapshot, bytes: { read: 0, added: 0 } });
  const { changes } = await holdfast.diff({ repository, from: restored.snapshot, to: saved.snapshot });
  expect(changes).toEqual([]);
});

test("whatever a store of the caller throws leaves as our error, with the cause", async () => {
  await using state = await openTestState();
  const cause = new TypeError("the driver has a mistake");
  const store = { ...state.access.store, read: () => Promise.reject(cause) };
  const error: unknown = await holdfast
    .snapshots({ store, password: "x" })
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(holdfast.HoldfastError);
  expect(error).toMatchObject({ code: "FAILED", cause });
});

test("every operation hears a signal before it does anything", async () => {
  await using state = await openTestState();
  await holdfast.save({ ...state.access, ...state.request });
  const given = { ...state.access, ...state.request, signal: AbortSignal.abort() };
  const calls: Readonly<Record<string, () => Promise<unknown>>> = {
    save: () => holdfast.save(given),
    restore: () => holdfast.restore({ ...given, force: true }),
    snapshots: () => holdfast.snapshots(given),
    ls: () => holdfast.ls({ ...given, snapshot: "latest" }),
    diff: () => holdfast.diff({ ...given, from: "latest", to: "latest" }),
    check: () => holdfast.check(given),
    forget: () => holdfast.forget({ ...given, keep: { last: 1 } }),
    prune: () => holdfast.prune(given),
    clear: () => holdfast.clear({ state: given.state, repository: given, signal: given.signal }),
    unlock: () => holdfast.unlock(given),
    listKeys: () => holdfast.listKeys(given),
    addKey: () => holdfast.addKey({ ...given, newPassword: "x" }),
    removeKey: () => holdfast.removeKey({ ...given, key: "x" }),
    changePassword: () => holdfast.changePassword({ ...given, newPassword: "x" }),
    openRepository: () => holdfast.openRepository(given),
    readCookies: () => holdfast.readCookies(given),
    exportCookies: () => holdfast.exportCookies({ ...given, to: { kind: "text", format: "netscape" } }),
    importCookies: () => holdfast.importCookies({ ...given, from: { kind: "text", text: "" } }),
    cookieStatus: () => holdfast.cookieStatus(given),
    saveCookies: () => holdfast.saveCookies(given),
    restoreCookies: () => holdfast.restoreCookies(given),
  };
  for (const [name, call] of Object.entries(calls)) {
    await expect(call(), name).rejects.toMatchObject({ code: "CANCELLED" });
  }
});
