import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { HoldfastError } from "../base/errors.ts";
import { fileError } from "../base/file-error.ts";
import { domainOf, isExpired, isWithin } from "../operations/cookies/jar-filter.ts";
import { judgeSite, parseWatch, type WatchedSite } from "../operations/cookies/watched-sites.ts";
import { checkCancelled } from "../stores/cancelled.ts";
import { type LoginContext, reportOnce } from "./login-context.ts";
import { type SeenCookie, seenCookies } from "./login-cookies.ts";
import { fieldHolds, parseUrlRule, type UrlQuestion } from "./login-url.ts";

/** What tells that a person has logged in. `text` is what messages may show. */
export type LoginRule =
  | {
      readonly kind: "cookie";
      readonly text: string;
      readonly name: string;
      /** `name` is only how the cookie's name begins. */
      readonly isPrefix: boolean;
      readonly host: string;
    }
  | { readonly kind: "file"; readonly text: string; readonly path: string }
  | { readonly kind: "url"; readonly text: string; readonly question: UrlQuestion };

/**
 * Reads a rule: `cookie:NAME@HOST` (`NAME` may end in `*` where the rest of it changes), `file:PATH`, or
 * `url:ADDRESS`, with `#field.in.answer=value` behind it.
 *
 * @throws {HoldfastError} `CONFIG`; the message holds no query and no password of an address
 */
export function parseLoginRule(text: string): LoginRule {
  const [, kind = "", rest = ""] = /^(cookie|file|url):(.*)$/s.exec(text.trim()) ?? [];
  if (kind === "cookie") return parseCookieRule(rest);
  if (kind === "url") return { kind, ...parseUrlRule(rest) };
  if (kind === "file" && rest !== "") return { kind, text: `file:${rest}`, path: rest };
  throw notARule("a login rule starts with cookie:, file: or url:, and something follows");
}

/**
 * Whether all, or any, of the rules hold now; without rules never. Asked for again and again, it costs a look
 * at the times of a few files. What cannot be asked at the moment (no profile yet, a locked database, nobody
 * listens) does not hold.
 *
 * @throws {HoldfastError} only `CANCELLED`
 */
export async function loginHolds(
  rules: readonly LoginRule[],
  mode: "all" | "any",
  context: LoginContext,
): Promise<boolean> {
  for (const rule of rules) {
    checkCancelled(context);
    const holds = await holdsNow(rule, context);
    checkCancelled(context);
    if (holds === (mode === "any")) return holds;
  }
  return rules.length > 0 && mode === "all";
}

/**
 * The watched sites that are logged out in the state as it is on the disk, before its browser starts.
 * Without profiles all of them are.
 *
 * @param watch `example.com`, or `example.com:name` for one cookie of it
 * @throws {HoldfastError} `CONFIG` for what is no site, and where cookies cannot be read: `PROFILE_DAMAGED`,
 *   `PROFILE_UNSUPPORTED`, `PERMISSION`, `CANCELLED`
 */
export async function loginDead(
  watch: readonly string[],
  { state, signal }: Pick<LoginContext, "state" | "signal">,
): Promise<readonly WatchedSite[]> {
  const watches = watch.map(parseWatch);
  if (watches.length === 0) return [];
  const problems: HoldfastError[] = [];
  const onProblem = (problem: HoldfastError): void => void problems.push(problem);
  const cookies = await seenCookies({ state, folder: "", connect: null, signal, onProblem });
  checkCancelled({ signal });
  const [problem] = problems;
  if (problem !== undefined) throw problem;
  const nowMs = Date.now();
  const living = cookies.filter((cookie) => !cookie.isLocked && !isExpired(cookie, nowMs));
  return watches.map((each) => judgeSite(each, living)).filter(({ logged_in: isIn }) => !isIn);
}

async function holdsNow(rule: LoginRule, context: LoginContext): Promise<boolean> {
  if (rule.kind === "file") return await fileHolds(rule, context);
  if (rule.kind === "url") return await fieldHolds(rule, context);
  const nowMs = Date.now();
  const cookies = await seenCookies(context);
  const those = cookies.filter((cookie) => isMeant(rule, cookie) && !isExpired(cookie, nowMs));
  if (those.some(({ isLocked }) => !isLocked)) return true;
  if (those.length > 0) reportOnce(context, locked(rule.text));
  return false;
}

/** A cookie of example.com reaches www.example.com too, unless it is for its own host only. */
function isMeant({ name, isPrefix, host }: LoginRule & { kind: "cookie" }, cookie: SeenCookie): boolean {
  const isName = isPrefix ? cookie.name.startsWith(name) : cookie.name === name;
  return isName && (isWithin(cookie.host, host) || (!cookie.hostOnly && isWithin(host, cookie.host)));
}

async function fileHolds({ path }: LoginRule & { kind: "file" }, context: LoginContext): Promise<boolean> {
  try {
    const stats = await stat(resolve(context.folder, path));
    return stats.isFile() && stats.size > 0;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const isMissing = code === "ENOENT" || code === "ENOTDIR";
    if (!isMissing) reportOnce(context, fileError(error, `could not look for '${path}'`));
    return false;
  }
}

function parseCookieRule(rest: string): LoginRule {
  const at = rest.lastIndexOf("@");
  const name = rest.slice(0, Math.max(0, at));
  if (at < 1) throw notARule("a cookie rule needs the name of a cookie and a host");
  if (name === "*") {
    throw notARule(
      "any cookie says nothing: sites set some before anybody logs in",
      "name the one that a login brings; holdfast cookies status shows their names",
    );
  }
  const host = domainOf(rest.slice(at + 1));
  const isPrefix = name.endsWith("*");
  return {
    kind: "cookie",
    text: `cookie:${name}@${host}`,
    name: isPrefix ? name.slice(0, -1) : name,
    isPrefix,
    host,
  };
}

const EXAMPLES =
  "for example cookie:session@example.com, file:data/ok.json, url:http://127.0.0.1:3000/health#loggedIn=true";

function notARule(message: string, hint = EXAMPLES): HoldfastError {
  return new HoldfastError({ code: "CONFIG", message, hint });
}

function locked(rule: string): HoldfastError {
  return new HoldfastError({
    code: "COOKIE_ENCRYPTED",
    message: `what ${rule} waits for is there, but only the keyring of this machine opens it, and the next machine has another`,
    hint: "start the browser with --password-store=basic and log in again",
  });
}
