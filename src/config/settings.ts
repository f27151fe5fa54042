import { count, flag, list, oneOf, text, type ValueReader } from "./value-reader.ts";

/** Languages of the messages; what has no translation yet is shown in English. */
export type Language = "en" | "zh";

/** `keep`: the browser is told to bring them back; `browser`: as it does by itself, which often drops them. */
export type SessionCookies = "keep" | "browser";

/** When to stop the app for a moment, so that a snapshot is of one instant. */
export type Freeze = "auto" | "always" | "never";

/** Everything that can be set by a flag, a variable or the configuration file. */
export interface Settings {
  /** Where snapshots are kept: a folder or a URL, without secrets. */
  readonly store: string;
  /** The folders whose content is the state, as the user wrote them. */
  readonly state: readonly string[];
  /** Tags given to new snapshots. */
  readonly tag: readonly string[];
  /** Patterns in the language of .gitignore. */
  readonly exclude: readonly string[];
  readonly include: readonly string[];
  /** Save profiles of browsers with their caches and locks. */
  readonly wholeProfiles: boolean;
  /** What becomes of cookies without an expiry when a browser starts on a restored profile. */
  readonly sessionCookies: SessionCookies;
  readonly freeze: Freeze;
  /** How long the app may stand still, in milliseconds. */
  readonly maxPauseMs: number;
  /** A file whose first line is the password; `null` when none is named. */
  readonly passwordFile: string | null;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly lang: Language;
}

/** Settings that one source gave; the others are not there. */
export type SomeSettings = { readonly [Name in keyof Settings]?: NonNullable<Settings[Name]> };

/** What is known about one setting. */
export interface SettingRow<Value> {
  /** The environment variable of the same meaning. */
  readonly variable: string;
  readonly reader: ValueReader<NonNullable<Value>>;
  /** The value when nobody says anything. */
  readonly fallback: Value;
}

/** One row a setting; its name is the key in the configuration file. */
export const SETTINGS: { readonly [Name in keyof Settings]: SettingRow<Settings[Name]> } = {
  store: { variable: "HOLDFAST_STORE", reader: text, fallback: "./.holdfast" },
  state: { variable: "HOLDFAST_STATE", reader: list, fallback: ["data"] },
  tag: { variable: "HOLDFAST_TAG", reader: list, fallback: [] },
  exclude: { variable: "HOLDFAST_EXCLUDE", reader: list, fallback: [] },
  include: { variable: "HOLDFAST_INCLUDE", reader: list, fallback: [] },
  wholeProfiles: { variable: "HOLDFAST_WHOLE_PROFILES", reader: flag, fallback: false },
  sessionCookies: {
    variable: "HOLDFAST_SESSION_COOKIES",
    reader: oneOf(["keep", "browser"]),
    fallback: "browser",
  },
  freeze: { variable: "HOLDFAST_FREEZE", reader: oneOf(["auto", "always", "never"]), fallback: "auto" },
  maxPauseMs: { variable: "HOLDFAST_MAX_PAUSE", reader: count, fallback: 500 },
  passwordFile: { variable: "HOLDFAST_PASSWORD_FILE", reader: text, fallback: null },
  json: { variable: "HOLDFAST_JSON", reader: flag, fallback: false },
  quiet: { variable: "HOLDFAST_QUIET", reader: flag, fallback: false },
  verbose: { variable: "HOLDFAST_VERBOSE", reader: flag, fallback: false },
  lang: { variable: "HOLDFAST_LANG", reader: oneOf(["en", "zh"]), fallback: "en" },
};

/** The names of all settings. */
export const SETTING_NAMES: readonly (keyof Settings)[] = Object.keys(SETTINGS) as (keyof Settings)[];
