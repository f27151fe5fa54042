import { mkdir, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { settingsFromFile } from "../../src/config/config-file.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

async function read(name: string, content: string): Promise<unknown> {
  await using folder = await temporaryFolder();
  await writeFile(folder.at(name), content);
  return await settingsFromFile(folder.path).catch((error: unknown) => error);
}

test("no file is no settings", async () => {
  await using folder = await temporaryFolder();
  expect(await settingsFromFile(folder.path)).toEqual({});
});

test.each([
  ["holdfast.config.json", '{ "state": "profile", "store": "./kept" }'],
  ["holdfast.config.mjs", 'export default { state: "profile", store: "./kept" };'],
  ["holdfast.config.js", 'export default { state: "profile", store: "./kept" };'],
  ["holdfast.config.ts", 'const state: string = "profile"; export default { state, store: "./kept" };'],
])("%s is read, and one text stands for a list of one", async (name, content) => {
  expect(await read(name, content)).toEqual({ state: ["profile"], store: "./kept" });
});

test("a misspelt key is an error that names the right one", async () => {
  expect(await read("holdfast.config.json", '{ "stroe": "./kept" }')).toMatchObject({
    code: "CONFIG",
    message: 'unknown key "stroe" in holdfast.config.json',
    hint: 'did you mean "store"?',
  });
});

test("a key that resembles none lists all of them", async () => {
  expect(await read("holdfast.config.json", '{ "colour": true }')).toMatchObject({
    code: "CONFIG",
    hint: "the keys are store, state, tag, exclude, include, freeze, maxPauseMs, profile, connect, watch, cookiecloudUuidFile, cookiecloudPasswordFile, wholeProfiles, sessionCookies, login, loginArgs, loginWhen, loginNeeds, restoreTimeoutMs, requireRestore, intervalMs, restart, stopSignal, graceMs, handoverMs, notify, healthPort, passwordFile, json, quiet, verbose, lang",
  });
});

test("a password in the file is refused, and not repeated", async () => {
  const error = await read("holdfast.config.json", '{ "password": "hunter2" }');
  expect(error).toMatchObject({
    code: "CONFIG",
    message: "a password does not belong in holdfast.config.json",
  });
  expect(JSON.stringify(error)).not.toContain("hunter2");
});

test.each([
  ['{ "store": 5 }', '"store" in holdfast.config.json must be a text that is not empty'],
  ['{ "store": "" }', '"store" in holdfast.config.json must be a text that is not empty'],
  ['{ "state": [1] }', '"state" in holdfast.config.json must be a text, or a list of texts'],
  ['{ "json": "yes" }', '"json" in holdfast.config.json must be true or false'],
  ['{ "lang": "de" }', '"lang" in holdfast.config.json must be one of en, zh'],
  ["[]", "holdfast.config.json must hold an object"],
  ["null", "holdfast.config.json must hold an object"],
])("%s is refused", async (content, message) => {
  expect(await read("holdfast.config.json", content)).toMatchObject({ code: "CONFIG", message });
});

test("a mistake in the syntax does not quote the file", async () => {
  const error = await read("holdfast.config.json", '{ "passwordFile": "hunter2" oops }');
  expect(error).toMatchObject({ code: "CONFIG" });
  expect(JSON.stringify(error)).toMatch(/a mistake in its syntax/);
  expect(JSON.stringify(error)).not.toContain("hunter2");
});

test("a module that throws is a configuration error", async () => {
  expect(await read("holdfast.config.mjs", 'throw new Error("not today");')).toMatchObject({
    code: "CONFIG",
    message: "holdfast.config.mjs cannot be read: not today",
  });
});

test("two files are one too many", async () => {
  await using folder = await temporaryFolder();
  await writeFile(folder.at("holdfast.config.json"), "{}");
  await writeFile(folder.at("holdfast.config.mjs"), "export default {};");
  await expect(settingsFromFile(folder.path)).rejects.toMatchObject({
    code: "CONFIG",
    message: "there are several configuration files: holdfast.config.json, holdfast.config.mjs",
  });
});

test("a file that cannot be read is an error, not an absence", async () => {
  await using folder = await temporaryFolder();
  await mkdir(folder.at("holdfast.config.json"));
  await expect(settingsFromFile(folder.path)).rejects.toMatchObject({ code: "CONFIG" });
});
