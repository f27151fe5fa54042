import { expect, test } from "vitest";
import { addKey, changePassword, listKeys, removeKey } from "../../src/operations/keys.ts";
import { save } from "../../src/operations/save.ts";
import { snapshots } from "../../src/operations/snapshots.ts";
import { openTestState } from "./state.ts";

test("passwords are added, listed and removed; the one in use stays", async () => {
  await using state = await openTestState();
  await save({ ...state.access, ...state.request });
  const { added } = await addKey({ ...state.access, newPassword: "second" });
  const keys = await listKeys(state.access);
  expect(keys.map(({ id, current }) => [id === added, current])).toEqual([
    [false, true],
    [true, false],
  ]);
  const second = { ...state.access, password: "second" };
  expect((await snapshots(second)).snapshots).toHaveLength(1);
  await expect(removeKey({ ...second, key: added ?? "" })).rejects.toMatchObject({ code: "CONFIG" });
  expect(await removeKey({ ...state.access, key: added?.slice(0, 8) ?? "" })).toEqual({
    added: null,
    removed: added,
  });
  await expect(snapshots(second)).rejects.toMatchObject({ code: "WRONG_PASSWORD" });
});

test("a password is replaced: the new one opens, the old one does not", async () => {
  await using state = await openTestState();
  await save({ ...state.access, ...state.request });
  const { added, removed } = await changePassword({ ...state.access, newPassword: "better" });
  await expect(snapshots(state.access)).rejects.toMatchObject({ code: "WRONG_PASSWORD" });
  const keys = await listKeys({ ...state.access, password: "better" });
  expect(keys.map(({ id }) => id)).toEqual([added]);
  expect(removed).not.toBe(added);
});

test("the old password stays when the new key cannot be stored", async () => {
  await using state = await openTestState();
  await save({ ...state.access, ...state.request });
  const store = { ...state.access.store };
  const write = store.write.bind(store);
  store.write = (files, options) =>
    files.some(({ name }) => name.startsWith("keys/")) ? Promise.resolve() : write(files, options);
  const lost = changePassword({ store, password: state.access.password, newPassword: "better" });
  await expect(lost).rejects.toMatchObject({ code: "DATA_DAMAGED" });
  expect(await listKeys(state.access)).toHaveLength(1);
});

test.each(["", "ffff0000"])("not exactly one key starts with %j", async (key) => {
  await using state = await openTestState();
  await save({ ...state.access, ...state.request });
  await addKey({ ...state.access, newPassword: "second" });
  await expect(removeKey({ ...state.access, key })).rejects.toMatchObject({ code: "CONFIG" });
  expect(await listKeys(state.access)).toHaveLength(2);
});
