import { expect, test } from "vitest";
import { retryAfterMs } from "../../../src/stores/http/exchange.ts";

const NOW_MS = Date.UTC(2026, 0, 1, 12);

test.each([
  ["7", 7000],
  ["Thu, 01 Jan 2026 12:01:30 GMT", 90_000],
  // Whoever waited for these would ask again and again, without end.
  ["0", null],
  ["Thu, 01 Jan 2026 11:59:00 GMT", null],
  ["soon", null],
  ["", null],
])("the header Retry-After with %j tells to wait %j milliseconds", (told, expected) => {
  const header = (name: string): string | null => (name === "retry-after" ? told : null);
  expect(retryAfterMs({ status: 503, bytes: new Uint8Array(0), host: "", header }, NOW_MS)).toBe(expected);
});
