import type { OriginStorage } from "../cookie.ts";
import { HoldfastError } from "../../base/errors.ts";

/** As much as a site may keep in any browser: 10 MiB, with two bytes for each character. */
const MAX_CHARACTERS = 5 * 1024 * 1024;

/** Whether this is the origin of a web site, written as browsers write it: the only kind that moves between them. */
export function isWebOrigin(origin: string): boolean {
  return /^https?:\/\//.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin;
}

/**
 * Items by name, of web sites only, by origin; of two of one name the later one.
 *
 * @throws HoldfastError `COOKIE_FILE` when an origin has more than a browser keeps
 */
export function byOrigin(storage: readonly OriginStorage[]): Map<string, Map<string, string>> {
  const origins = new Map<string, Map<string, string>>();
  for (const { origin, items } of storage) {
    if (!isWebOrigin(origin) || items.length === 0) continue;
    const kept = origins.get(origin) ?? new Map<string, string>();
    for (const { name, value } of items) kept.set(name, value);
    origins.set(origin, kept);
  }
  for (const [origin, items] of origins) if (charactersOf(items) > MAX_CHARACTERS) throw tooMuch(origin);
  return origins;
}

/** How much items are counted as, names included. */
export function charactersOf(items: Iterable<readonly [string, string]>): number {
  let sum = 0;
  for (const [name, value] of items) sum += name.length + value.length;
  return sum;
}

function tooMuch(origin: string): HoldfastError {
  return new HoldfastError({
    code: "COOKIE_FILE",
    message: `the localStorage of ${origin} is larger than any browser keeps`,
    hint: "leave this site out, or choose those that you need with --domain",
  });
}
