import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What Go writes for a name, and reads; made by `vectors/make-go-text.go`. */
export interface GoVectors {
  readonly written: readonly {
    readonly bytes: string;
    readonly quoted: string;
    readonly json: string;
    readonly name: string;
  }[];
  readonly unquoted: readonly { readonly text: string; readonly bytes: string | null }[];
  readonly parsed: readonly Instant[];
  readonly formatted: readonly (Instant & {
    readonly instant: readonly [seconds: number, nanoseconds: number];
  })[];
  /** Code points at which `strconv.IsPrint` begins and ends to hold, in turn. */
  readonly printable: readonly number[];
  /** The same for code points that mean something in the Unicode of that Go. */
  readonly assigned: readonly number[];
}

interface Instant {
  readonly text: string;
  readonly instant: readonly [seconds: number, nanoseconds: number] | null;
}

/** The committed vectors. */
export const GO_VECTORS: GoVectors = JSON.parse(
  readFileSync(join(import.meta.dirname, "vectors", "go-text.json"), "utf8"),
) as GoVectors;

/** Whether a property whose edges are given holds for a code point. */
export function holds(edges: readonly number[], code: number): boolean {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((edges[middle] ?? 0) <= code) low = middle + 1;
    else high = middle;
  }
  return low % 2 === 1;
}
