import { HoldfastError } from "../base/errors.ts";
import { type Id, isId } from "./ids.ts";

/** Any JSON object, before its fields are looked at. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Readers of single fields of JSON that somebody else wrote. A field of the wrong kind is
 * `DATA_DAMAGED`; the messages name the field and never its content.
 */

/** Parses a JSON object. */
export function parseObject(text: string, what: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new HoldfastError({ code: "DATA_DAMAGED", message: `${what} is not JSON`, cause });
  }
  return asObject(value, what);
}

/** A value that must be an object. */
export function asObject(value: unknown, what: string): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw wrong(what);
}

/** A list; absent and `null` are the empty list, as Go writes one. */
export function listField(object: JsonObject, field: string): readonly unknown[] {
  const value = object[field] ?? [];
  if (Array.isArray(value)) return value as unknown[];
  throw wrong(field);
}

/** A list of texts. */
export function textListField(object: JsonObject, field: string): readonly string[] {
  return listField(object, field).map((value) => {
    if (typeof value === "string") return value;
    throw wrong(field);
  });
}

/** A text; absent is ''. */
export function textField(object: JsonObject, field: string): string {
  const value = object[field] ?? "";
  if (typeof value === "string") return value;
  throw wrong(field);
}

/** A whole number from 0 to 2^53 - 1; absent is 0. */
export function countField(object: JsonObject, field: string): number {
  const value = object[field] ?? 0;
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw wrong(field);
}

/** An id. */
export function idField(object: JsonObject, field: string): Id {
  const value = object[field];
  if (isId(value)) return value;
  throw wrong(field);
}

/** An id, or `null` when the field is absent. */
export function optionalIdField(object: JsonObject, field: string): Id | null {
  return object[field] === undefined || object[field] === null ? null : idField(object, field);
}

/** Bytes in base64. */
export function bytesField(object: JsonObject, field: string): Buffer {
  return Buffer.from(textField(object, field), "base64");
}

function wrong(field: string): HoldfastError {
  return new HoldfastError({
    code: "DATA_DAMAGED",
    message: `the field '${field}' is missing or of the wrong kind`,
  });
}
