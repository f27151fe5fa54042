import type { CookieJar } from "../../browser/cookie.ts";
import { pushToCookieCloud } from "../../browser/formats/cookie-cloud-server.ts";
import { formatCookies } from "../../browser/formats/cookie-files.ts";
import { type CookieFormat, fitJar, type Fitting } from "../../browser/formats/fitting.ts";
import { checkCancelled } from "../../stores/cancelled.ts";
import { atBorder } from "../border.ts";
import { writePrivateFile } from "./private-file.ts";
import { originOf, readCookies, type ReadCookiesRequest } from "./read-cookies.ts";
import { sealCookies } from "./sealed-cookies.ts";
import { signalOption } from "./signal-option.ts";

/** Formats of files that cookies can be written to. */
export type WrittenFormat = Exclude<CookieFormat, "cookiecloud">;

/** A CookieCloud server, and what names and opens the cookies on it. */
export interface CookieCloudAccess {
  /** Address of the server, for example `https://cookies.example.com`. */
  readonly server: string;
  readonly uuid: string;
  readonly password: string;
}

/** Where exported cookies go. */
export type ExportTarget =
  /** A file, readable by this user only. */
  | { readonly kind: "file"; readonly path: string; readonly format: WrittenFormat }
  /** The result's `text`. */
  | { readonly kind: "text"; readonly format: WrittenFormat }
  /** The result's `text`: one sealed line, for a secret of a host. */
  | { readonly kind: "line"; readonly password: string }
  /** A CookieCloud server, in place of what it has under the same uuid. */
  | ({ readonly kind: "cookiecloud" } & CookieCloudAccess);

/** Which cookies to export, and where to. */
export interface ExportCookiesRequest extends ReadCookiesRequest {
  readonly to: ExportTarget;
}

/** What an export did, as `holdfast cookies export --json` shows it, but for the text. */
export interface ExportCookiesResult {
  /** Name of the profile, or address of the browser. */
  readonly from: string;
  /** Path of the file or address of the server; `null` when it is the text. */
  readonly to: string | null;
  readonly format: WrittenFormat | "cookiecloud" | "line";
  readonly cookies: number;
  /** Origins whose localStorage is in it. */
  readonly origins: number;
  /** Cookies that were left out because they had expired. */
  readonly expired: number;
  /** What was left out because the format has no place for it. */
  readonly left_out: { readonly cookies: number; readonly origins: number };
  /** Size of what was written; `null` for a server. */
  readonly bytes: number | null;
  /** For the targets `text` and `line`; a secret. */
  readonly text: string | null;
}

/**
 * Exports the cookies of a browser. Nothing is written when any of them cannot be read.
 *
 * @throws {HoldfastError} all that `readCookies` throws; `PERMISSION`, `DISK_FULL`; `STORE_UNREACHABLE`
 *   and `STORE_AUTH` for a server
 * @example
 * ```ts
 * await exportCookies({
 *   state: ["data"],
 *   domains: ["example.com"],
 *   to: { kind: "file", path: "cookies.txt", format: "netscape" },
 * });
 * ```
 */
export function exportCookies(request: ExportCookiesRequest): Promise<ExportCookiesResult> {
  return atBorder("could not export the cookies", async () => {
    const { from, jar: all, expired } = await readCookies(request);
    const format = formatOf(request.to);
    const { jar, leftOut } = format === "line" ? fitLine(all) : fitJar(all, format);
    return {
      from,
      format,
      cookies: jar.cookies.length,
      origins: jar.localStorage.length,
      expired,
      left_out: { cookies: leftOut.cookies.length, origins: leftOut.localStorage.length },
      ...(await deliver(jar, request)),
    };
  });
}

/** A line is for a login: where localStorage alone fills a variable, only the cookies go into it. */
function fitLine(jar: CookieJar): Fitting {
  const texts = jar.localStorage.flatMap(({ items }) => items.map(({ name, value }) => name + value));
  const characters = texts.reduce((sum, { length }) => sum + length, 0);
  const { localStorage } = jar;
  if (characters <= MAX_LINE_CHARACTERS) return { jar, leftOut: { cookies: [], localStorage: [] } };
  return { jar: { ...jar, localStorage: [] }, leftOut: { cookies: [], localStorage } };
}

function formatOf(to: ExportTarget): ExportCookiesResult["format"] {
  return to.kind === "file" || to.kind === "text" ? to.format : to.kind;
}

/** A variable holds 128 KiB, and the cookies have to fit too. */
const MAX_LINE_CHARACTERS = 64 * 1024;

type Delivery = Pick<ExportCookiesResult, "to" | "bytes" | "text">;

async function deliver(jar: CookieJar, { to, signal }: ExportCookiesRequest): Promise<Delivery> {
  if (to.kind === "file" || to.kind === "text") {
    const text = formatCookies(jar, to.format);
    const bytes = Buffer.byteLength(text);
    if (to.kind === "text") return { to: null, bytes, text };
    checkCancelled({ signal });
    await writePrivateFile(to.path, text);
    return { to: to.path, bytes, text: null };
  }
  if (to.kind === "line") {
    const text = await sealCookies(jar, to.password);
    return { to: null, bytes: text.length, text };
  }
  const { server, uuid, password } = to;
  await pushToCookieCloud(server, { uuid, password }, jar, signalOption(signal));
  return { to: originOf(server), bytes: null, text: null };
}
