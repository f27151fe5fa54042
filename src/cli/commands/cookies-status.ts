import { HoldfastError } from "../../base/errors.ts";
import {
  type CookieInfo,
  cookieStatus,
  type CookieStatusResult,
  type ProfileStatus,
  type SiteInfo,
} from "../../operations/cookies/cookie-status.ts";
import type { Action } from "../command.ts";
import { formatCount, formatTable, formatTime, printable } from "../format.ts";
import type { Texts } from "../texts/texts.ts";

/** `holdfast cookies status` */
export const statusAction: Action<object> = async ({ settings, output, texts, signal }) => {
  const { state, profile, connect, watch } = settings;
  const result = await cookieStatus({
    state,
    profile: profile ?? undefined,
    connect: connect ?? undefined,
    watch,
    signal,
  });
  output.data(result, describe(result, texts));
  const loggedOut = result.watched.filter((site) => !site.logged_in);
  if (loggedOut.length === 0) return null;
  return new HoldfastError({
    code: "LOGGED_OUT",
    message: `logged out of ${loggedOut.map(({ site }) => site).join(", ")}`,
    hint: "log in again, then save: holdfast save",
  });
};

function describe({ profiles, watched }: CookieStatusResult, texts: Texts): string {
  const tables = profiles.map((each) => tableOf(each, texts));
  const lines = watched.map(({ site, cookie, logged_in: isLoggedIn, expires }) => {
    const what = printable(cookie === null ? site : `${site} (${cookie})`);
    return texts.watchedSite(what, isLoggedIn, expires === null ? null : formatTime(new Date(expires)));
  });
  const parts = tables.length === 0 ? [texts.noProfile] : tables;
  return [...parts, ...(lines.length === 0 ? [] : [lines.join("\n")])].join("\n\n");
}

function tableOf({ profile, sites }: ProfileStatus, texts: Texts): string {
  if (sites.length === 0) return `${printable(profile)}: ${texts.noCookies}`;
  const rows = sites.map((site) => rowOf(site, texts));
  const table = formatTable(
    [texts.cookieColumns, ...rows],
    ["left", "right", "right", "right", "left", "left", "left"],
  );
  return `${printable(profile)}\n${table}`;
}

function rowOf({ site, first_expiry: first, last_expiry: last, cookies }: SiteInfo, texts: Texts): string[] {
  const count = (isCounted: (cookie: CookieInfo) => boolean): number => cookies.filter(isCounted).length;
  const time = (text: string | null): string => (text === null ? "-" : formatTime(new Date(text)));
  return [
    printable(site),
    formatCount(count(({ state }) => state === "living")),
    formatCount(count(({ state }) => state === "session")),
    formatCount(count(({ state }) => state === "expired")),
    time(first),
    time(last),
    texts.cookieNotes({
      partitioned: count(({ partition }) => partition !== null),
      contained: count(({ container }) => container !== 0),
      locked: count(({ state }) => state === "locked"),
    }),
  ];
}
