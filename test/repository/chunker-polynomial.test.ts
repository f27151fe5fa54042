import { mkdirSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { isIrreducible, newChunkerPolynomial } from "../../src/repository/chunker-polynomial.ts";
import { createRepository } from "../../src/repository/repository.ts";
import { openLocalStore } from "../../src/stores/local.ts";
import { LONG } from "../support/long.ts";
import { findRestics } from "../support/peers.ts";
import { createRandom } from "../support/random.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const restics = await findRestics();

test("a polynomial is irreducible when no smaller one divides it, and not otherwise", () => {
  for (let degree = 1; degree <= 9; degree += 1) {
    for (let polynomial = 1n << BigInt(degree); polynomial < 1n << BigInt(degree + 1); polynomial += 1n) {
      expect(isIrreducible(polynomial, degree)).toBe(!hasDivisor(polynomial, degree));
    }
  }
});

test("known ones of degree 53 are told apart", () => {
  expect(isIrreducible(0x3da3358b4dc173n, 53)).toBe(true); // of restic's own tests
  expect(isIrreducible(0x3da3358b4dc173n ^ 2n, 53)).toBe(false);
});

test("new ones are irreducible, of degree 53, and differ", () => {
  const made = Array.from({ length: 20 }, newChunkerPolynomial);
  for (const polynomial of made) {
    expect(BigInt(`0x${polynomial}`) >> 53n).toBe(1n);
    expect(isIrreducible(BigInt(`0x${polynomial}`), 53)).toBe(true);
  }
  expect(new Set(made).size).toBe(made.length);
});

describe.each(LONG ? restics : restics.slice(-1))("restic $version", (program) => {
  test("cuts files by our polynomial", async () => {
    await using folder = await temporaryFolder();
    mkdirSync(folder.at("s"));
    writeFileSync(folder.at("s", "file"), createRandom(1).bytes(6_000_000));
    await createRepository(openLocalStore(folder.at("r")), { password: "ours" });
    const restic = program.open(folder.at("r"), "ours");
    await restic.backup(folder.at("s"));
    await restic.check();
  });
});

/** By trying them all. */
function hasDivisor(polynomial: bigint, degree: number): boolean {
  for (let divisor = 2n; divisor < 1n << BigInt(degree); divisor += 1n) {
    if (remainder(polynomial, divisor) === 0n) return true;
  }
  return false;
}

function remainder(dividend: bigint, divisor: bigint): bigint {
  const bits = (number: bigint): number => number.toString(2).length;
  let rest = dividend;
  while (rest !== 0n && bits(rest) >= bits(divisor)) rest ^= divisor << BigInt(bits(rest) - bits(divisor));
  return rest;
}
