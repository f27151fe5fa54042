import { LEASE_PREFIX } from "../operations/lease-prefix.ts";
import type { CallOptions, Store } from "../stores/store.ts";

/** What stands behind the name of a claim, to say something about it. */
export type LeaseMark = "answered" | "released" | "alive" | `asked-${string}`;

/** The files of all leases at one moment. */
export interface LeaseView {
  /** The claim that counts: of the highest number, and of those the first by its name; `null` when there is none. */
  readonly top: string | null;
  /** The number of the next claim. */
  readonly next: number;
  has(claim: string, mark: LeaseMark): boolean;
  /** Somebody wants the lease of a claim. */
  isAskedFor(claim: string): boolean;
  isThere(claim: string): boolean;
  /** What stands behind the claims before one. */
  before(claim: string): readonly string[];
}

const DIGITS = 12;
/** A claim, with the id of its owner where the store cannot refuse a name that is taken, and a mark on it. */
const NAME = /^(?<number>\d{12})(?:-[0-9a-f]{32})?(?<mark>\.[a-z]+(?:-[0-9a-f]{32})?)?$/;
/** More files than this are no leases but an attack. */
const MAX_FILES = 100_000;

/** The name of a claim. */
export function claimName(number: number, ownerId: string | null): string {
  return `${LEASE_PREFIX}${`${number}`.padStart(DIGITS, "0")}${ownerId === null ? "" : `-${ownerId}`}`;
}

/** The name of a mark on a claim. */
export function markName(claim: string, mark: LeaseMark): string {
  return `${claim}.${mark}`;
}

/**
 * Looks at all leases: one listing, and nothing is read.
 *
 * @throws what the store throws
 */
export async function lookAtLeases(store: Store, options: CallOptions): Promise<LeaseView> {
  const names: string[] = [];
  for await (const { name } of store.list(LEASE_PREFIX, options)) {
    if (numberOf(name) !== null) names.push(name);
    if (names.length >= MAX_FILES) break;
  }
  return viewOf(names);
}

function viewOf(names: readonly string[]): LeaseView {
  const there = new Set(names);
  const highest = Math.max(0, ...names.map((name) => numberOf(name) ?? 0));
  const claims = names.filter((name) => !name.includes("."));
  const highestClaim = Math.max(0, ...claims.map((name) => numberOf(name) ?? 0));
  return {
    top: claims.filter((name) => numberOf(name) === highestClaim).sort()[0] ?? null,
    next: highest + 1,
    has: (claim, mark) => there.has(markName(claim, mark)),
    isAskedFor: (claim) => names.some((name) => name.startsWith(`${claim}.asked-`)),
    isThere: (claim) => there.has(claim),
    before: (claim) => names.filter((name) => (numberOf(name) ?? 0) < (numberOf(claim) ?? 0)),
  };
}

function numberOf(name: string): number | null {
  const digits = NAME.exec(name.slice(LEASE_PREFIX.length))?.groups?.["number"];
  return digits === undefined ? null : Number(digits);
}
