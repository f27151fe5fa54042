import { realpath, writeFile } from "node:fs/promises";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { resolveSettings } from "../../src/config/resolve.ts";
import { SETTINGS, SETTING_NAMES, type SomeSettings } from "../../src/config/settings.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

// Without ':' where a variable separates a list with it; not empty, since an empty variable is not given.
const word = fc.stringMatching(/^[A-Za-z0-9_./* -]{1,12}$/);
const words = fc.array(word, { minLength: 1, maxLength: 4 });

const settings: fc.Arbitrary<SomeSettings> = fc.record(
  {
    store: word,
    state: words,
    tag: words,
    exclude: words,
    include: words,
    wholeProfiles: fc.boolean(),
    sessionCookies: fc.constantFrom("keep", "browser"),
    passwordFile: word,
    json: fc.boolean(),
    quiet: fc.boolean(),
    verbose: fc.boolean(),
    lang: fc.constantFrom("en", "zh"),
  },
  { requiredKeys: [] },
);

function asVariables(given: SomeSettings): Record<string, string> {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      SETTINGS[name as keyof typeof SETTINGS].variable,
      Array.isArray(value) ? value.join(":") : String(value),
    ]),
  );
}

test("each setting comes from the strongest source that gives it: flag, variable, file, usual value", async () => {
  await using folder = await temporaryFolder();
  await fc.assert(
    fc.asyncProperty(settings, settings, settings, async (flags, variables, file) => {
      await writeFile(folder.at("holdfast.config.json"), JSON.stringify(file));
      const resolved = await resolveSettings({
        flags,
        environment: asVariables(variables),
        folder: folder.path,
      });
      for (const name of SETTING_NAMES) {
        const expected = flags[name] ?? variables[name] ?? file[name] ?? SETTINGS[name].fallback;
        expect(resolved[name], name).toEqual(expected);
      }
    }),
  );
});

test("without any source, everything has its usual value", async () => {
  await using folder = await temporaryFolder();
  const resolved = await resolveSettings({ flags: {}, environment: {}, folder: folder.path });
  expect(resolved).toEqual({
    store: "./.holdfast",
    state: ["data"],
    tag: [],
    exclude: [],
    include: [],
    wholeProfiles: false,
    sessionCookies: "browser",
    freeze: "auto",
    maxPauseMs: 500,
    profile: null,
    connect: null,
    watch: [],
    cookiecloudUuidFile: null,
    cookiecloudPasswordFile: null,
    login: false,
    loginArgs: null,
    loginWhen: [],
    loginNeeds: "all",
    restoreTimeoutMs: 120_000,
    requireRestore: false,
    intervalMs: 300_000,
    restart: "on-failure",
    stopSignal: null,
    graceMs: null,
    handoverMs: 30_000,
    notify: [],
    healthPort: null,
    passwordFile: null,
    json: false,
    quiet: false,
    verbose: false,
    lang: "en",
  });
});

test("the store is a folder on the volume, unless a dataset or the user says otherwise", async () => {
  await using folder = await temporaryFolder();
  const path = await realpath(folder.path);
  const storeOf = async (environment: Readonly<Record<string, string>>): Promise<string> =>
    (await resolveSettings({ flags: {}, environment, folder: folder.path })).store;
  const volume = { HOLDFAST_VOLUME: folder.path };
  expect(await storeOf(volume)).toBe(`${path}/holdfast`);
  expect(await storeOf({ ...volume, HF_DATASET_REPO: "alice/vault" })).toBe("hf://datasets/alice/vault");
  expect(await storeOf({ ...volume, HOLDFAST_STORE: "./here" })).toBe("./here");
  await expect(storeOf({ HOLDFAST_VOLUME: folder.at("none") })).rejects.toMatchObject({ code: "CONFIG" });
});
