import { expect, test } from "vitest";
import { describe as describeProgress } from "../../src/cli/progress-bar.ts";

const MIB = 1024 * 1024;
const half = { phase: "save", files: 1234, totalFiles: null, bytes: 50 * MIB, totalBytes: 100 * MIB };

test("how far, how fast, how long still", () => {
  expect(describeProgress("save", half, 2, 2.4)).toBe(
    "save  ━━━━━━━━━━━━────────────   50 %  50.0 MiB of 100.0 MiB  25.0 MiB/s  2.40 s left",
  );
});

test("no rate from the first moment", () => {
  expect(describeProgress("save", half, 0.5, 0.5)).toBe(
    "save  ━━━━━━━━━━━━────────────   50 %  50.0 MiB of 100.0 MiB",
  );
});

test("without a known total, what was done", () => {
  expect(describeProgress("save", { ...half, totalBytes: null }, 10, 0)).toBe(
    "save  1,234 files  50.0 MiB  5.0 MiB/s",
  );
});

test("never more than all, and nothing left at the end", () => {
  const over = { ...half, bytes: 101 * MIB };
  expect(describeProgress("save", over, 10, 3)).toBe(
    "save  ━━━━━━━━━━━━━━━━━━━━━━━━  100 %  101.0 MiB of 100.0 MiB  10.1 MiB/s",
  );
});
