import * as fc from "fast-check";
import { LONG } from "./long.ts";

/**
 * How often a property is tried: ten times as often in the long run. A failure prints the seed and the
 * path to it, which `fc.assert` takes as further options to repeat it.
 */
export function runs(usual: number): { readonly numRuns: number } {
  return { numRuns: LONG ? 10 * usual : usual };
}

/** Any bytes, up to a length. */
export function someBytes(maxLength: number, minLength = 0): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength, maxLength });
}
