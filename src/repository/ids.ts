import { hash } from "node:crypto";

/** 64 lower-case hex digits: the SHA-256 of what it names. */
export type Id = string & { readonly __brand: "Id" };

const ID = /^[0-9a-f]{64}$/;

/** True when `text` has the form of an {@link Id}. */
export function isId(text: unknown): text is Id {
  return typeof text === "string" && ID.test(text);
}

/** The id of some bytes. */
export function idOf(bytes: Uint8Array): Id {
  return hash("sha256", bytes, "hex") as Id;
}

/** The first eight digits, as restic shows ids to people. */
export function shortId(id: Id): string {
  return id.slice(0, 8);
}
