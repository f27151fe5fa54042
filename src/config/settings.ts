import {
  count,
  duration,
  flag,
  list,
  oneOf,
  signalName,
  text,
  words,
  type ValueReader,
} from "./value-reader.ts";

/** Languages of the messages; what has no translation yet is shown in English. */
export type Language = "en" | "zh";

/** When to stop the app for a moment, so that a snapshot is of one instant. */
export type Freeze = "auto" | "always" | "never";
/** `keep`: the browser is told to bring them back; `browser`: as it does by itself, which often drops them. */
export type SessionCookies = "keep" | "browser";

/** When an app that ended by itself is started again. */
export type Restart = "on-failure" | "always" | "never";

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
  readonly freeze: Freeze;
  /** How long the app may stand still, in milliseconds. */
  readonly maxPauseMs: number;
  /** Which browser profile cookies are read from and written to; `null` for the only one of the state. */
  readonly profile: string | null;
  /** Where a running browser can be driven; `null` when cookies are those of a profile on the disk. */
  readonly connect: string | null;
  /** Sites whose login matters: `example.com`, or `example.com:name` for one of its cookies. */
  readonly watch: readonly string[];
  /** Files whose first lines are the uuid and the password of CookieCloud; `null` when none is named. */
  readonly cookiecloudUuidFile: string | null;
  readonly cookiecloudPasswordFile: string | null;
  /** Save profiles of browsers with their caches and locks. */
  readonly wholeProfiles: boolean;
  /** What becomes of cookies without an expiry when a browser starts on a restored profile. */
  readonly sessionCookies: SessionCookies;
  /** Start the app in login mode even if a snapshot was restored. */
  readonly login: boolean;
  /** What the app is given in login mode in addition, as one would type it; `null` for nothing. */
  readonly loginArgs: string | null;
  /** What shows that the login is done: `cookie:name@host`, `file:path` or `url:…`. */
  readonly loginWhen: readonly string[];
  /** Whether all of these have to hold, or any. */
  readonly loginNeeds: "all" | "any";
  /** How long to try to reach the store before the app is started without its state, in milliseconds. */
  readonly restoreTimeoutMs: number;
  /** Do not start the app without its state. */
  readonly requireRestore: boolean;
  /** The shortest time between two saves while the app runs, in milliseconds. */
  readonly intervalMs: number;
  readonly restart: Restart;
  /** What the app is told to stop with; `null` for the signal that came. */
  readonly stopSignal: NodeJS.Signals | null;
  /** From the stop signal to the end by force, in milliseconds; `null` for what the host gives. */
  readonly graceMs: number | null;
  /** How long to wait for another instance to hand over, in milliseconds. */
  readonly handoverMs: number;
  /** Where notices are sent; secrets may be part of the addresses. */
  readonly notify: readonly string[];
  /** Where the host can ask how the app is; `null` for nowhere. */
  readonly healthPort: number | null;
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
  freeze: { variable: "HOLDFAST_FREEZE", reader: oneOf(["auto", "always", "never"]), fallback: "auto" },
  maxPauseMs: { variable: "HOLDFAST_MAX_PAUSE", reader: count, fallback: 500 },
  profile: { variable: "HOLDFAST_PROFILE", reader: text, fallback: null },
  connect: { variable: "HOLDFAST_CONNECT", reader: text, fallback: null },
  watch: { variable: "HOLDFAST_WATCH", reader: words, fallback: [] },
  cookiecloudUuidFile: { variable: "HOLDFAST_COOKIECLOUD_UUID_FILE", reader: text, fallback: null },
  cookiecloudPasswordFile: { variable: "HOLDFAST_COOKIECLOUD_PASSWORD_FILE", reader: text, fallback: null },
  wholeProfiles: { variable: "HOLDFAST_WHOLE_PROFILES", reader: flag, fallback: false },
  sessionCookies: {
    variable: "HOLDFAST_SESSION_COOKIES",
    reader: oneOf(["keep", "browser"]),
    fallback: "browser",
  },
  login: { variable: "HOLDFAST_LOGIN", reader: flag, fallback: false },
  loginArgs: { variable: "HOLDFAST_LOGIN_ARGS", reader: text, fallback: null },
  loginWhen: { variable: "HOLDFAST_LOGIN_WHEN", reader: words, fallback: [] },
  loginNeeds: { variable: "HOLDFAST_LOGIN_NEEDS", reader: oneOf(["all", "any"]), fallback: "all" },
  restoreTimeoutMs: { variable: "HOLDFAST_RESTORE_TIMEOUT", reader: duration, fallback: 120_000 },
  requireRestore: { variable: "HOLDFAST_REQUIRE_RESTORE", reader: flag, fallback: false },
  intervalMs: { variable: "HOLDFAST_INTERVAL", reader: duration, fallback: 300_000 },
  restart: {
    variable: "HOLDFAST_RESTART",
    reader: oneOf(["on-failure", "always", "never"]),
    fallback: "on-failure",
  },
  stopSignal: { variable: "HOLDFAST_STOP_SIGNAL", reader: signalName, fallback: null },
  graceMs: { variable: "HOLDFAST_GRACE", reader: duration, fallback: null },
  handoverMs: { variable: "HOLDFAST_HANDOVER", reader: duration, fallback: 30_000 },
  notify: { variable: "HOLDFAST_NOTIFY", reader: words, fallback: [] },
  healthPort: { variable: "HOLDFAST_HEALTH_PORT", reader: count, fallback: null },
  passwordFile: { variable: "HOLDFAST_PASSWORD_FILE", reader: text, fallback: null },
  json: { variable: "HOLDFAST_JSON", reader: flag, fallback: false },
  quiet: { variable: "HOLDFAST_QUIET", reader: flag, fallback: false },
  verbose: { variable: "HOLDFAST_VERBOSE", reader: flag, fallback: false },
  lang: { variable: "HOLDFAST_LANG", reader: oneOf(["en", "zh"]), fallback: "en" },
};

/** The names of all settings. */
export const SETTING_NAMES: readonly (keyof Settings)[] = Object.keys(SETTINGS) as (keyof Settings)[];
