import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ByteString, fromBytes, toBytes } from "../../src/base/byte-string.ts";
import { goQuote, goString, goStringOfBytes, goUnquote } from "../../src/repository/go-json.ts";
import { runs } from "../support/property.ts";
import { anyByteString } from "./arbitrary-names.ts";
import { unlessDamaged } from "./damage.ts";
import { GO_VECTORS, holds } from "./go-vectors.ts";

const fromHex = (hex: string): ByteString => fromBytes(Buffer.from(hex, "hex"));

describe("as Go does", () => {
  test("a name is quoted", () => {
    expect(GO_VECTORS.written.map(({ bytes }) => goQuote(fromHex(bytes)))).toEqual(
      GO_VECTORS.written.map(({ quoted }) => quoted),
    );
  });

  test("a quoted name becomes a JSON string", () => {
    expect(GO_VECTORS.written.map(({ bytes }) => goString(goQuote(fromHex(bytes))))).toEqual(
      GO_VECTORS.written.map(({ name }) => name),
    );
  });

  test("bytes become a JSON string", () => {
    expect(GO_VECTORS.written.map(({ bytes }) => goStringOfBytes(fromHex(bytes)))).toEqual(
      GO_VECTORS.written.map(({ json }) => json),
    );
  });

  test("a literal is unquoted, or refused", () => {
    const read = GO_VECTORS.unquoted.map(({ text }) => {
      return { text, bytes: unlessDamaged(() => toBytes(goUnquote(text)).toString("hex")) };
    });
    expect(read).toEqual(GO_VECTORS.unquoted);
  });

  test("every character that its Unicode knows is escaped, or not", () => {
    const different: string[] = [];
    for (let code = 0; code <= 0x10_ffff; code += 1) {
      const isSurrogate = code >= 0xd800 && code <= 0xdfff;
      if (isSurrogate || !holds(GO_VECTORS.assigned, code)) continue;
      const text = String.fromCodePoint(code);
      const isPlain = goQuote(fromBytes(Buffer.from(text))) === text && text !== '"' && text !== "\\";
      const isPrintable = holds(GO_VECTORS.printable, code) && text !== '"' && text !== "\\";
      if (isPlain !== isPrintable) different.push(code.toString(16));
    }
    expect(different).toEqual([]);
  });
});

test("any bytes come back from quotes", () => {
  fc.assert(
    fc.property(anyByteString, (name) => {
      expect(goUnquote(goQuote(name))).toBe(name);
    }),
    runs(2_000),
  );
});

test("a quoted name and its JSON are one printable line of text", () => {
  fc.assert(
    fc.property(anyByteString, (name) => {
      const quoted = goQuote(name);
      // eslint-disable-next-line no-control-regex
      expect(quoted).not.toMatch(/[\x00-\x1f\x7f]/);
      expect(JSON.parse(goString(quoted))).toBe(quoted);
    }),
    runs(1_000),
  );
});

test("any text is unquoted or refused, and what is taken can be quoted again", () => {
  const almostQuoted = fc.string({
    unit: fc.constantFrom(..."\\\\\\xuUabnr01234dDfF78é\"'\ud800".split("")),
    maxLength: 30,
  });
  fc.assert(
    fc.property(fc.oneof(almostQuoted, fc.string({ unit: "binary" })), (text) => {
      const name = unlessDamaged(() => goUnquote(text));
      if (name !== null) expect(goUnquote(goQuote(name))).toBe(name);
    }),
    runs(3_000),
  );
});
