import { HoldfastError } from "../base/errors.ts";
import { type LoginContext, reportOnce } from "./login-context.ts";

/** What to ask a web server, and which answer counts. */
export interface UrlQuestion {
  /** Without user and password. */
  readonly address: string;
  /** For the header of that name; `null` without user and password. */
  readonly authorization: string | null;
  /** The field of the answer that matters; `null` when it is enough that the server says yes. */
  readonly field: { readonly path: readonly string[]; readonly value: string } | null;
}

/** A question, and what messages may show of it. */
export interface UrlRule {
  readonly text: string;
  readonly question: UrlQuestion;
}

const TIMEOUT_MS = 5_000;
const ANSWER_MAX_BYTES = 1024 * 1024;

/**
 * Reads what follows `url:`.
 *
 * @throws {HoldfastError} `CONFIG`; nothing of a query or password is in it
 */
export function parseUrlRule(rule: string): UrlRule {
  const [before, fragment] = splitOnce(rule, "#");
  const url = URL.parse(before);
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    throw notARule("the address in a url rule must begin with http:// or https://");
  }
  const field = fragment === undefined || fragment === "" ? null : parseField(fragment);
  const user = `${decode(url.username)}:${decode(url.password)}`;
  const shown = `${url.origin}${url.pathname}${fragment === undefined ? "" : `#${fragment}`}`;
  [url.username, url.password] = ["", ""];
  const authorization = user === ":" ? null : `Basic ${Buffer.from(user).toString("base64")}`;
  return { text: `url:${shown}`, question: { address: url.href, authorization, field } };
}

/**
 * Asks, directly and not through a proxy, for at most five seconds. Redirects are followed as `fetch` does.
 * Whatever goes wrong on the way, the rule does not hold; an answer that no rule can use is reported.
 */
export async function fieldHolds({ text, question }: UrlRule, context: LoginContext): Promise<boolean> {
  const { address, authorization, field } = question;
  const patience = AbortSignal.any([context.signal, AbortSignal.timeout(TIMEOUT_MS)]);
  try {
    const response = await fetch(address, {
      headers: { accept: "application/json", ...(authorization !== null && { authorization }) },
      signal: patience,
    });
    if (!response.ok || field === null) {
      await response.body?.cancel();
      return response.ok;
    }
    const body = await readSome(response);
    if (body === null) {
      reportOnce(context, unusable(text, "is larger than 1 MiB"));
      return false;
    }
    const answer = parse(body);
    if (answer === undefined) reportOnce(context, unusable(text, "is no JSON"));
    return textOf(valueAt(answer, field.path)) === field.value;
  } catch {
    return false; // nobody listens yet, or too slowly
  }
}

function parseField(fragment: string): NonNullable<UrlQuestion["field"]> {
  const [path, value] = splitOnce(decode(fragment), "=");
  const names = path.split(".");
  if (value !== undefined && !names.includes("")) return { path: names, value };
  throw notARule("what follows the '#' in a url rule must name a field of the answer and its value");
}

/** `null` for more than is looked at. */
async function readSome(response: Response): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > ANSWER_MAX_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Only what the answer itself has: names such as `constructor` are fields like any other. */
function valueAt(answer: unknown, path: readonly string[]): unknown {
  let value = answer;
  for (const name of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}

/** `null` for what is no single value. */
function textOf(value: unknown): string | null {
  if (value === null) return "null";
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : null;
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a '%' that stands for itself
  }
}

function notARule(message: string): HoldfastError {
  return new HoldfastError({
    code: "CONFIG",
    message,
    hint: "for example url:http://127.0.0.1:3000/health#loggedIn=true",
  });
}

function unusable(rule: string, reason: string): HoldfastError {
  return new HoldfastError({
    code: "CONFIG",
    message: `the answer that ${rule} looks at ${reason}`,
    hint: "name an address that answers with a little JSON, or leave out what follows the '#'",
  });
}
