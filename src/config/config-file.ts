import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { HoldfastError } from "../base/errors.ts";
import { SETTINGS, SETTING_NAMES, type Settings, type SomeSettings } from "./settings.ts";
import { suggest } from "./suggestion.ts";

const FILE_NAMES: ReadonlySet<string> = new Set(
  ["json", "js", "mjs", "ts"].map((end) => `holdfast.config.${end}`),
);

/**
 * The settings of the configuration file in `folder`; nothing when there is none.
 *
 * A `.json` file is read; the others are modules of the user, loaded and run for their default export.
 *
 * @throws {HoldfastError} `CONFIG` when there are two files, when the file cannot be read, or for a
 *   key or value that is not known
 */
export async function settingsFromFile(folder: string): Promise<SomeSettings> {
  const name = await findFile(folder);
  if (name === null) return {};
  const content = await load(join(folder, name), name);
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    throw new HoldfastError({
      code: "CONFIG",
      message: `${name} must ${name.endsWith(".json") ? "hold" : "export as its default"} an object`,
      hint: 'for example: { "state": ["data"] }',
    });
  }
  return read(content as Readonly<Record<string, unknown>>, name);
}

async function findFile(folder: string): Promise<string | null> {
  const entries = await readdir(folder).catch(() => []); // an unreadable folder holds no settings for us
  const found = entries.filter((entry) => FILE_NAMES.has(entry)).sort();
  if (found.length > 1) {
    throw new HoldfastError({
      code: "CONFIG",
      message: `there are several configuration files: ${found.join(", ")}`,
      hint: "keep one of them",
    });
  }
  return found[0] ?? null;
}

async function load(path: string, name: string): Promise<unknown> {
  try {
    if (name.endsWith(".json")) return JSON.parse(await readFile(path, "utf8")) as unknown;
    const module = (await import(pathToFileURL(path).href)) as { readonly default?: unknown };
    return module.default;
  } catch (cause) {
    throw new HoldfastError({
      code: "CONFIG",
      message: `${name} cannot be read: ${reasonOf(cause)}`,
      hint: "correct the file, or move it away",
      cause,
    });
  }
}

/** Never the message of a syntax error of JSON: it quotes the file, which may hold what is private. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return "it throws something that is not an error";
  if (!(cause instanceof SyntaxError)) return cause.message;
  const place = /line \d+ column \d+/.exec(cause.message)?.[0];
  return place === undefined ? "a mistake in its syntax" : `a mistake in its syntax, ${place}`;
}

function read(content: Readonly<Record<string, unknown>>, file: string): SomeSettings {
  const found: Partial<Record<keyof Settings, unknown>> = {};
  for (const [key, given] of Object.entries(content)) {
    const name = SETTING_NAMES.find((known) => known === key);
    if (name === undefined) throw unknownKey(key, file);
    const value = SETTINGS[name].reader.fromValue(given);
    if (value === null) {
      throw new HoldfastError({
        code: "CONFIG",
        message: `"${key}" in ${file} must be ${SETTINGS[name].reader.expected}`,
        hint: "correct the value, or remove the key",
      });
    }
    found[name] = value;
  }
  return found as SomeSettings;
}

function unknownKey(key: string, file: string): HoldfastError {
  if (key === "password") {
    return new HoldfastError({
      code: "CONFIG",
      message: `a password does not belong in ${file}`,
      hint: 'put it into a file of its own and name that file as "passwordFile", or set HOLDFAST_PASSWORD',
    });
  }
  const meant = suggest(key, SETTING_NAMES);
  return new HoldfastError({
    code: "CONFIG",
    message: `unknown key "${key}" in ${file}`,
    hint: meant === null ? `the keys are ${SETTING_NAMES.join(", ")}` : `did you mean "${meant}"?`,
  });
}
