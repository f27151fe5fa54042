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
 * what is left has its usual value; the store is then the one that the host offers, if it offers one. A
 * list replaces the list of a weaker source, it is not added.
 *
 * @throws {HoldfastError} `CONFIG` when a source holds something that is not understood
 */
export async function resolveSettings(sources: SettingSources): Promise<Settings> {
  const ranked: readonly SomeSettings[] = [
    sources.flags,
    settingsFromEnvironment(sources.environment),
    await settingsFromFile(sources.folder),
  ];
  const chosen = SETTING_NAMES.map(async (name) => {
    const source = ranked.find((settings) => settings[name] !== undefined);
    return [name, source === undefined ? await fallbackOf(name, sources) : source[name]] as const;
  });
  return Object.fromEntries(await Promise.all(chosen)) as unknown as Settings;
}

async function fallbackOf(
  name: keyof Settings,
  { environment }: SettingSources,
): Promise<Settings[keyof Settings]> {
  const { fallback } = SETTINGS[name];
  return name === "store" ? ((await storeOfHost(environment)) ?? fallback) : fallback;
}
