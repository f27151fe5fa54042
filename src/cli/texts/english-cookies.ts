import type { ExportCookiesResult } from "../../operations/cookies/export-cookies.ts";
import type { ImportCookiesResult } from "../../operations/cookies/import-cookies.ts";
import type { RestoreCookiesResult } from "../../operations/cookies/restore-cookies.ts";
import type { SaveCookiesResult } from "../../operations/cookies/save-cookies.ts";
import type { VariableLimit } from "../../operations/cookies/sealed-cookies.ts";
import { formatBytes, formatCount, formatDuration } from "../format.ts";

const cookies = (count: number): string => `${formatCount(count)} ${count === 1 ? "cookie" : "cookies"}`;
const origins = (count: number): string =>
  count === 0 ? "" : ` and the localStorage of ${formatCount(count)} ${count === 1 ? "origin" : "origins"}`;
const expired = (count: number): string =>
  count === 0 ? "" : `; ${cookies(count)} left out, expired already`;
const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

/** What commands about cookies say, in English. */
export const ENGLISH_COOKIES = {
  cookieCommands: {
    export: "write the cookies of a browser to a file, a server or a line for a secret",
    import: "put cookies into a browser",
    status: "show which cookies are alive, and until when",
  },

  cookieFile: "file of cookies, or - for standard input (default: cookies.json)",

  cookieOptions: {
    profile: "browser profile: its path below the state folder, or any path",
    connect: "running browser, by the address of its debugging port",
    domain: "only cookies of this domain and of what is below it (repeatable)",
    writtenFormat: "how to write them (default: playwright)",
    format: "how the file is written (default: what it looks like)",
    out: "file, readable by this user only, or - for standard output (default: cookies.json)",
    exportEnv: "print one encrypted line instead, the value of HOLDFAST_COOKIES for a host's secret",
    importEnv: "take them from the variable HOLDFAST_COOKIES instead of a file",
    push: "put them on this CookieCloud server instead; HOLDFAST_COOKIECLOUD_UUID and HOLDFAST_COOKIECLOUD_PASSWORD (or the same with _FILE) say which",
    pull: "take them from this CookieCloud server instead; HOLDFAST_COOKIECLOUD_UUID and HOLDFAST_COOKIECLOUD_PASSWORD (or the same with _FILE) say which",
    fresh: "make a new profile for this browser, at --profile or where its name says",
    watch: "end with 3 when no cookie of this site is alive; site:name for one cookie (repeatable)",
  },

  cookieExamples: {
    export: "holdfast cookies export --domain example.com --format netscape --out cookies.txt",
    import: "holdfast cookies import cookies.txt --fresh firefox",
    status: "holdfast cookies status --watch example.com --watch example.org:session",
  },

  exportedCookies: ({
    from,
    to,
    cookies: count,
    origins: stores,
    expired: dead,
  }: ExportCookiesResult): string =>
    `exported ${cookies(count)}${origins(stores)} of ${from} to ${to ?? ""}${expired(dead)}`,
  leftOut: ({ format, left_out: out }: ExportCookiesResult): string =>
    `the format ${format} has no place for ${cookies(out.cookies)}${origins(out.origins)}`,
  leftOutHint: "playwright takes localStorage, cookie-editor takes cookies of containers",
  onTerminal: "these cookies are as good as passwords, and stand on this terminal now",
  onTerminalHint: "write them to a file with: --out cookies.json",
  sealedSize: (count: number, bytes: number): string =>
    `the line holds ${cookies(count)} in ${formatBytes(bytes)}; give it to the host as HOLDFAST_COOKIES, with the same HOLDFAST_PASSWORD`,
  tooLargeFor: (limits: readonly VariableLimit[]): string =>
    `the line is too large for ${limits.map(({ host, bytes }) => `${host} (${formatBytes(bytes)})`).join(", ")}`,
  tooLargeHint: "choose the sites that you need, for example: --domain example.com",
  importedCookies: (result: ImportCookiesResult): string =>
    `imported ${cookies(result.cookies)}${origins(result.origins)} into ${result.created ? "the new " : ""}${result.to}${expired(result.expired)}`,
  nothingImported: ({ expired: dead }: ImportCookiesResult): string =>
    dead === 0 ? "there was no cookie to import" : `all ${cookies(dead)} have expired already`,
  sessionOnly: (count: number): string =>
    `${cookies(count)} will be gone at the next start of the browser: they end with its session`,
  sessionOnlyHint: "import them with --fresh, or into the running browser with --connect",
  noLocalStorage: (count: number): string => `left out${origins(count).replace(" and", "")}`,
  noLocalStorageHint: "what is no web site can only be given to a running browser: name it with --connect",
  savedCookies: ({ snapshot, profiles, bytes, seconds }: SaveCookiesResult): string =>
    `saved ${snapshot.slice(0, 8)}: ${cookies(sum(profiles.map((each) => each.cookies)))} of ` +
    `${profiles.map(({ profile }) => profile).join(", ")}, ${formatBytes(bytes.stored)} stored in ${formatDuration(seconds)}`,
  tooMuchLocalStorage: (profile: string, count: number): string =>
    `the cookies of ${profile} are saved without${origins(count).replace(" and", "")}: that is too large`,
  tooMuchLocalStorageHint: "save the whole profile: holdfast save, without --only",
  restoredCookies: ({ snapshot, profiles, seconds }: RestoreCookiesResult): string =>
    [
      `restored ${snapshot.slice(0, 8)} in ${formatDuration(seconds)}`,
      ...profiles.map(
        (each) =>
          `${cookies(each.cookies)}${origins(each.origins)} to ${each.created ? "the new " : ""}${each.profile}${expired(each.expired)}`,
      ),
    ].join("\n"),

  cookieColumns: [
    "site",
    "alive",
    "session",
    "dead",
    "first expires",
    "last expires",
    "",
  ] as readonly string[],
  cookieNotes: (counts: {
    readonly partitioned: number;
    readonly contained: number;
    readonly locked: number;
  }): string =>
    [
      counts.partitioned === 0 ? [] : [`${formatCount(counts.partitioned)} partitioned`],
      counts.contained === 0 ? [] : [`${formatCount(counts.contained)} in containers`],
      counts.locked === 0 ? [] : [`${formatCount(counts.locked)} locked by a keyring`],
    ]
      .flat()
      .join(", "),
  noProfile: "there is no browser profile",
  noCookies: "no cookies",
  watchedSite: (site: string, isLoggedIn: boolean, until: string | null): string => {
    if (!isLoggedIn) return `${site}: logged out`;
    return until === null ? `${site}: logged in for this session` : `${site}: logged in until ${until}`;
  },
};
