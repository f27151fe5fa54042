import type { ConformanceCase } from "./conformance/case.ts";
import { CANCELLING_CASES } from "./conformance/cancelling.ts";
import { CREATING_CASES } from "./conformance/creating.ts";
import { DEFERRING_CASES } from "./conformance/deferring.ts";
import { LISTING_CASES } from "./conformance/listing.ts";
import { NAMING_CASES } from "./conformance/naming.ts";
import { READING_CASES } from "./conformance/reading.ts";
import { REMOVING_CASES } from "./conformance/removing.ts";
import { WRITING_CASES } from "./conformance/writing.ts";
import type { StoreTraits } from "./store.ts";

export type { ConformanceCase } from "./conformance/case.ts";

/**
 * What every store and every wrapper has to do, as data: the tests walk them, and so can a program
 * that looks whether a user's store can be relied on.
 */
export const CONFORMANCE_CASES: readonly ConformanceCase[] = [
  ...READING_CASES,
  ...WRITING_CASES,
  ...CREATING_CASES,
  ...DEFERRING_CASES,
  ...LISTING_CASES,
  ...REMOVING_CASES,
  ...NAMING_CASES,
  ...CANCELLING_CASES,
];

/** Whether a case says anything about stores with these traits. */
export function concerns(conformanceCase: ConformanceCase, traits: StoreTraits): boolean {
  const { needs, lacks } = conformanceCase;
  return (needs === undefined || traits[needs]) && (lacks === undefined || !traits[lacks]);
}
