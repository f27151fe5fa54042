import { HoldfastError } from "../../base/errors.ts";
import type { Cookie, CookieJar, OriginStorage } from "../cookie.ts";
import { hostOfStorage } from "./cookie-cloud-data.ts";
import { fitsNetscape } from "./netscape.ts";

/** The kinds of cookie files. */
export type CookieFormat =
  "playwright" | "cookie-editor" | "edit-this-cookie" | "netscape" | "puppeteer" | "cookiecloud";

/** A jar, divided by what a format has a place for. */
export interface Fitting {
  /** What can be written. */
  readonly jar: CookieJar;
  /** What cannot, for the user to be told. */
  readonly leftOut: CookieJar;
}

interface Room {
  readonly cookie: (cookie: Cookie) => boolean;
  readonly storage: (origin: OriginStorage) => boolean;
}

const all = (): boolean => true;
const none = (): boolean => false;
const outsideContainers = ({ container }: Cookie): boolean => container === 0;

const ROOM: Readonly<Record<CookieFormat, Room>> = {
  playwright: { cookie: outsideContainers, storage: all },
  puppeteer: { cookie: outsideContainers, storage: none },
  "cookie-editor": { cookie: all, storage: none },
  "edit-this-cookie": { cookie: all, storage: none },
  netscape: { cookie: fitsNetscape, storage: none },
  cookiecloud: { cookie: all, storage: ({ origin }) => hostOfStorage(origin) !== null },
};

/**
 * Divides a jar by what a format can say. What does not fit is what would become something else: a cookie of
 * a partition or container that the format cannot name, a tab in cookies.txt, localStorage. What only describes
 * a cookie (SameSite in cookies.txt, priority, times) does not keep it out; docs/cookie-formats.md has the list.
 */
export function fitJar({ cookies, localStorage }: CookieJar, format: CookieFormat): Fitting {
  const { cookie: fits, storage: hasRoom } = ROOM[format];
  return {
    jar: { cookies: cookies.filter(fits), localStorage: localStorage.filter(hasRoom) },
    leftOut: {
      cookies: cookies.filter((cookie) => !fits(cookie)),
      localStorage: localStorage.filter((origin) => !hasRoom(origin)),
    },
  };
}

/** @throws {HoldfastError} `COOKIE_FILE` when a format cannot say all of a jar */
export function refuseWhatDoesNotFit(jar: CookieJar, format: CookieFormat): void {
  const { cookies, localStorage } = fitJar(jar, format).leftOut;
  if (cookies.length === 0 && localStorage.length === 0) return;
  const parts = [
    cookies.length > 0 ? `${cookies.length} cookies (the first is of ${cookies[0]?.host ?? ""})` : [],
    localStorage.length > 0 ? `localStorage of ${localStorage.length} origins` : [],
  ].flat();
  throw new HoldfastError({
    code: "COOKIE_FILE",
    message: `the format '${format}' has no place for ${parts.join(" and ")}`,
    hint: "choose another format, or leave these out",
  });
}
