import { randomBytes } from "node:crypto";

const DEGREE = 53;

/**
 * A random irreducible polynomial over GF(2) of degree 53, in hexadecimal: what restic's chunker
 * needs to add to a repository of ours (restic `doc/design.rst`, "Config"), and the secret that
 * makes our own chunk boundaries differ from repository to repository.
 */
export function newChunkerPolynomial(): string {
  for (;;) {
    const random = BigInt(`0x${randomBytes(7).toString("hex")}`);
    const candidate = BigInt.asUintN(DEGREE, random) | (1n << BigInt(DEGREE)) | 1n;
    if (isIrreducible(candidate, DEGREE)) return candidate.toString(16);
  }
}

/** Ben-Or's test: no factor of degree up to half (M. Ben-Or, "Probabilistic algorithms in finite fields"). */
export function isIrreducible(polynomial: bigint, degree: number): boolean {
  let power = 2n;
  for (let i = 1; i <= degree / 2; i += 1) {
    power = modulo(square(power), polynomial);
    if (greatestCommonDivisor(polynomial, power ^ 2n) !== 1n) return false;
  }
  return true;
}

function square(polynomial: bigint): bigint {
  // Over GF(2) the square of a polynomial spreads its bits out: bit i becomes bit 2i.
  return BigInt(`0b${polynomial.toString(2).split("").join("0")}`);
}

function modulo(dividend: bigint, divisor: bigint): bigint {
  const length = divisor.toString(2).length;
  for (let rest = dividend; ;) {
    const excess = rest.toString(2).length - length;
    if (excess < 0 || rest === 0n) return rest;
    rest ^= divisor << BigInt(excess);
  }
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, modulo(a, b)];
  return a;
}
