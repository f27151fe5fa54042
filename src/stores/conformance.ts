import type { ConformanceCase } from "./conformance/case.ts";
import { CANCELLING_CASES } from "./conformance/cancelling.ts";
import { CREATING_CASES } from "./conformance/creating.ts";
import { DEFERRING_CASES } from "./conformance/deferring.ts";
import { LISTING_CASES } from "./conformance/listing.ts";
import { NAMING_CASES } from "./conformance/naming.ts";
import { RANGE_CASES, READING_CASES } from "./conformance/reading.ts";
import { REMOVING_CASES } from "./conformance/removing.ts";
import { WRITING_CASES } from "./conformance/writing.ts";
import type { StoreTraits } from "./store.ts";

export type { ConformanceCase } from "./conformance/case.ts";

/** What the promises are about, as a person is told. */
export type ConformanceArea =
  "reads" | "ranges" | "writes" | "create-only" | "listing" | "removing" | "names" | "cancelling";

/**
 * What every store and every wrapper has to do, as data: the tests walk them, and so does
 * `holdfast doctor`, which looks whether a user's store can be relied on.
 */
export const CONFORMANCE_AREAS: Readonly<Record<ConformanceArea, readonly ConformanceCase[]>> = {
  reads: READING_CASES,
  ranges: RANGE_CASES,
  writes: [...WRITING_CASES, ...DEFERRING_CASES],
  "create-only": CREATING_CASES,
  listing: LISTING_CASES,
  removing: REMOVING_CASES,
  names: NAMING_CASES,
  cancelling: CANCELLING_CASES,
};

/** All of {@link CONFORMANCE_AREAS}. */
export const CONFORMANCE_CASES: readonly ConformanceCase[] = Object.values(CONFORMANCE_AREAS).flat();

/** Whether a case says anything about stores with these traits. */
export function concerns(conformanceCase: ConformanceCase, traits: StoreTraits): boolean {
  const { needs, lacks } = conformanceCase;
  return (needs === undefined || traits[needs]) && (lacks === undefined || !traits[lacks]);
}
