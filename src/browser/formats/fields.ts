import { HoldfastError } from "../../base/errors.ts";

/** Any JSON object, before its fields are looked at. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** One thing in a cookie file, and how messages call it: "cookie 3", "line 12". */
export interface Entry {
  readonly place: string;
  readonly fields: JsonObject;
}

/**
 * Readers of single fields of a cookie file. A field of the wrong kind is `COOKIE_FILE`; the messages name
 * the place, the field and what is expected, and never what is there: it could be a login. `null` is read
 * as absent.
 */

/** What is thrown for a field that is missing or wrong; `expected` ends the sentence "… must be". */
export function wrongField(place: string, field: string, expected: string): HoldfastError {
  return wrongFile(`${place}: '${field}' must be ${expected}`);
}

/** What is thrown for a file that is wrong as a whole. */
export function wrongFile(message: string, hint = "correct the file, or export it again"): HoldfastError {
  return new HoldfastError({ code: "COOKIE_FILE", message, hint });
}

/** Parses JSON. */
export function parseJson(file: string, what: string): unknown {
  try {
    return JSON.parse(file) as unknown;
  } catch {
    // The error of the parser quotes the text: it is not kept as the cause.
    throw wrongFile(`${what} is not JSON, or only a part of it`);
  }
}

/** True for an object that is not a list. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The entries of a list of objects, each called by its number, from 1. */
export function entriesOf(values: readonly unknown[], kind: string): readonly Entry[] {
  return values.map((value, index) => {
    const place = `${kind} ${index + 1}`;
    if (isObject(value)) return { place, fields: value };
    throw wrongFile(`${place} must be an object`);
  });
}

/** A list; absent is empty. */
export function list({ place, fields }: Entry, field: string): readonly unknown[] {
  const value = fields[field] ?? [];
  if (Array.isArray(value)) return value as readonly unknown[];
  throw wrongField(place, field, "a list");
}

/** A text that has to be there. */
export function text(entry: Entry, field: string): string {
  const value = optionalText(entry, field);
  if (value !== null) return value;
  throw wrongField(entry.place, field, "a text");
}

/** A text, or `null`. */
export function optionalText({ place, fields }: Entry, field: string): string | null {
  const value = fields[field] ?? null;
  if (value === null || typeof value === "string") return value;
  throw wrongField(place, field, "a text");
}

/** True or false, or `null`. */
export function optionalFlag({ place, fields }: Entry, field: string): boolean | null {
  const value = fields[field] ?? null;
  if (value === null || typeof value === "boolean") return value;
  throw wrongField(place, field, "true or false");
}

/** True or false; absent is false. */
export function flag(entry: Entry, field: string): boolean {
  return optionalFlag(entry, field) ?? false;
}

/** A number, or `null`. */
export function optionalNumber({ place, fields }: Entry, field: string): number | null {
  const value = fields[field] ?? null;
  if (value === null || (typeof value === "number" && Number.isFinite(value))) return value;
  throw wrongField(place, field, "a number");
}

/** An object as an entry of its own, or `null`. */
export function optionalObject({ place, fields }: Entry, field: string): Entry | null {
  const value = fields[field] ?? null;
  if (value === null) return null;
  if (isObject(value)) return { place: `${place}, ${field}`, fields: value };
  throw wrongField(place, field, "an object");
}

/**
 * One of a few words, in any case of letters, as what it stands for; absent is what `""` stands for.
 *
 * @throws {HoldfastError} `COOKIE_FILE` with the words that would do
 */
export function word<Meaning>(
  { place, fields }: Entry,
  field: string,
  meanings: ReadonlyMap<string, Meaning>,
): Meaning {
  const value = fields[field] ?? "";
  const meaning = typeof value === "string" ? meanings.get(value.toLowerCase()) : undefined;
  if (meaning !== undefined) return meaning;
  const words = [...meanings.keys()].filter((key) => key !== "");
  throw wrongField(place, field, `one of ${words.join(", ")}`);
}
