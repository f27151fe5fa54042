import type { Call } from "./call.ts";

/** One page of a list, and the header that leads to the next. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Cuts a page out of a list. The place of the next one is in `cursor`, which a client must not
 * understand; it also holds what the list belongs to, so that it stays the same list.
 */
export function pageOf<Item>(call: Call, items: readonly Item[], sizeLimit: number): Page<Item> {
  const asked = Number(call.url.searchParams.get("limit") ?? sizeLimit);
  const size = Number.isInteger(asked) && asked > 0 ? Math.min(asked, Math.max(sizeLimit, 1)) : sizeLimit;
  const cursor = call.url.searchParams.get("cursor");
  const start = cursor === null ? 0 : Number(Buffer.from(cursor, "base64url").toString().split(":")[1]);
  const end = start + size;
  if (end >= items.length) return { items: items.slice(start), headers: {} };
  const next = new URL(call.url);
  next.searchParams.set("cursor", Buffer.from(`page:${end}`).toString("base64url"));
  return { items: items.slice(start, end), headers: { link: `<${next.href}>; rel="next"` } };
}
