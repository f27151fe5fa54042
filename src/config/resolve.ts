import { join } from "node:path";
import { findVolume } from "../base/volume.ts";
import { settingsFromFile } from "./config-file.ts";
import { settingsFromEnvironment, type Environment } from "./environment.ts";
import { storeOfHost } from "./host-store.ts";
import { SETTINGS, SETTING_NAMES, type Settings, type SomeSettings } from "./settings.ts";

/** Where settings can come from. */
export interface SettingSources {
  /** What the command line said. */
  readonly flags: SomeSettings;
  readonly environment: Environment;
  /** The folder in which `holdfast.config.*` is looked for. */
  readonly folder: string;
}

/**
 * The settings of this run: flags before variables, variables before the configuration file, and
 * what is left has its usual value. A list replaces the list of a weaker source, it is not added.
 * A store that nobody names is the one that the host offers, else a folder in its persistent volume,
 * else one in the current folder.
 *
 * @throws {HoldfastError} `CONFIG` when a source holds something that is not understood
 */
export async function resolveSettings(sources: SettingSources): Promise<Settings> {
  const { environment } = sources;
  const ranked: readonly SomeSettings[] = [
    sources.flags,
    settingsFromEnvironment(environment),
    await settingsFromFile(sources.folder),
  ];
  const given = (name: keyof Settings): Settings[keyof Settings] | undefined =>
    ranked.find((settings) => settings[name] !== undefined)?.[name];
  const chosen = SETTING_NAMES.map((name) => [name, given(name) ?? SETTINGS[name].fallback]);
  const settings = Object.fromEntries(chosen) as Settings;
  if (given("store") !== undefined) return settings;
  return { ...settings, store: (await unnamedStore(environment)) ?? settings.store };
}

async function unnamedStore(environment: Environment): Promise<string | null> {
  const offered = storeOfHost(environment);
  if (offered !== null) return offered;
  const volume = await findVolume(environment);
  return volume === null ? null : join(volume.path, "holdfast");
}
