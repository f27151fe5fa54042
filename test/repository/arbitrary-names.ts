import * as fc from "fast-check";
import { type ByteString, fromBytes, fromText } from "../../src/base/byte-string.ts";
import { someBytes } from "../support/property.ts";

/** Pieces that quoting and JSON treat in a way of their own. */
const AWKWARD = [
  '"',
  "\\",
  "\\x41",
  "\n",
  "\0",
  "\x7f",
  "<&>",
  "\u2028",
  "\u00a0",
  "\ufffd",
  "\ufeff",
  "🐚",
  "e\u0301",
];

const textPiece: fc.Arbitrary<ByteString> = fc
  .oneof(fc.string({ unit: "binary", maxLength: 8 }), fc.constantFrom(...AWKWARD))
  .map((text) => fromText(text.toWellFormed()));
const bytesPiece: fc.Arbitrary<ByteString> = someBytes(6).map((bytes) => fromBytes(bytes));

/** Any bytes at all, mostly such as are hard to quote. */
export const anyByteString: fc.Arbitrary<ByteString> = fc
  .array(fc.oneof(textPiece, bytesPiece), { maxLength: 6 })
  .map((pieces) => pieces.join("") as ByteString);

/** What a file may be called: 1 to 255 bytes, neither NUL nor '/', not '.' or '..'. */
export const fileName: fc.Arbitrary<ByteString> = anyByteString
  .map((name) => name.replaceAll(/[/\0]/g, "_").slice(0, 255) as ByteString)
  .filter((name) => name !== "" && name !== "." && name !== "..");
