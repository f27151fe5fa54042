import { type ByteString, fromText } from "../base/byte-string.ts";
import { HoldfastError } from "../base/errors.ts";

/**
 * The JSON that Go's `encoding/json` and `strconv.Quote` write, byte for byte: restic compares trees
 * by hash, so that the same folder must become the same bytes whichever program wrote it.
 */

/** Most names: printable ASCII that needs no escape. */
const UNESCAPED = /^[ !#-%'-;=?-[\]-~]*$/;

/** A JSON string as Go writes it: `<`, `>`, `&`, U+2028 and U+2029 are escaped. */
export function goString(text: string): string {
  if (UNESCAPED.test(text)) return `"${text}"`;
  return JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** As {@link goString}, for bytes: Go writes the escape of U+FFFD for each one that is not part of valid UTF-8. */
export function goStringOfBytes(bytes: ByteString): string {
  let content = "";
  for (const rune of runes(bytes))
    content += typeof rune === "number" ? "\\ufffd" : goString(rune).slice(1, -1);
  return `"${content}"`;
}

const PLAIN = /^[ !#-[\]-~]*$/;
/** What Go's `strconv.IsPrint` lets through: letters, marks, numbers, punctuation, symbols, space. */
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;
const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
};

/** `strconv.Quote` without the outer quotes: names become printable text, bytes that are not UTF-8 `\xNN`. */
export function goQuote(name: ByteString): string {
  if (PLAIN.test(name)) return name;
  let quoted = "";
  for (const rune of runes(name)) quoted += typeof rune === "number" ? hex("x", rune, 2) : quoteRune(rune);
  return quoted;
}

function quoteRune(rune: string): string {
  const short = SHORT_ESCAPES[rune];
  if (short !== undefined) return short;
  if (PRINTABLE.test(rune)) return rune;
  const code = rune.codePointAt(0) ?? 0;
  if (code < 0x20 || code === 0x7f) return hex("x", code, 2);
  return code < 0x1_0000 ? hex("u", code, 4) : hex("U", code, 8);
}

function hex(letter: string, code: number, digits: number): string {
  return `\\${letter}${code.toString(16).padStart(digits, "0")}`;
}

/** The characters of a name; a byte that is not part of valid UTF-8 comes as a number. */
function* runes(name: ByteString): Generator<string | number> {
  const bytes = Buffer.from(name, "latin1");
  for (let position = 0; position < bytes.byteLength;) {
    const first = bytes[position] ?? 0;
    const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    const part = bytes.subarray(position, position + length);
    const text = part.toString("utf8");
    // A decoder replaces what is wrong by U+FFFD, which then no longer has the same bytes.
    const valid =
      Buffer.from(text, "utf8").equals(part) && text === String.fromCodePoint(text.codePointAt(0) ?? 0);
    yield valid ? text : first;
    position += valid ? length : 1;
  }
}

/** One escape of a Go string literal (Go specification, "Rune literals"), or a character on its own. */
const LITERAL =
  /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|([abfnrtv\\"]))|([^\\"\n])/guy;
const ESCAPED: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  '"': '"',
};

/**
 * The reverse of {@link goQuote}: takes every escape that `strconv.Unquote` takes.
 *
 * @throws {HoldfastError} `DATA_DAMAGED` for what Go would refuse
 */
export function goUnquote(quoted: string): ByteString {
  if (PLAIN.test(quoted)) return quoted as ByteString;
  let name = "";
  let end = 0;
  for (const match of quoted.matchAll(LITERAL)) {
    name += unquoteOne(match);
    end = match.index + match[0].length;
  }
  if (end !== quoted.length) {
    throw new HoldfastError({ code: "DATA_DAMAGED", message: "a tree holds a name that is not well quoted" });
  }
  return name as ByteString;
}

function unquoteOne(match: RegExpExecArray): string {
  const [, byteHex, shortHex, longHex, octal, letter, character] = match;
  const byte =
    byteHex !== undefined ? parseInt(byteHex, 16) : octal !== undefined ? parseInt(octal, 8) : null;
  if (byte !== null) return String.fromCharCode(byte);
  const codeHex = shortHex ?? longHex;
  if (codeHex !== undefined) return fromText(String.fromCodePoint(validCode(parseInt(codeHex, 16))));
  return letter !== undefined ? (ESCAPED[letter] ?? "") : fromText(character ?? "");
}

function validCode(code: number): number {
  if (code <= 0x10_ffff && (code < 0xd800 || code > 0xdfff)) return code;
  throw new HoldfastError({
    code: "DATA_DAMAGED",
    message: "a tree holds a name with an impossible character",
  });
}
