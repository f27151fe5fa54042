import type { CompareOptions } from "../support/compare-trees.ts";
import type { NastyTreeOptions } from "../support/nasty-tree.ts";
import type { ResticProgram } from "../support/restic.ts";

/** A tree with everything in it but the bulk, for tests of many steps. */
export const SMALL: NastyTreeOptions = {
  smallFiles: 200,
  sparseSizeBytes: 32 * 1024 * 1024,
  longestPathBytes: 1_000,
};

/** What our restore leaves out or changes on purpose. */
export const OURS: CompareOptions = { mayBeMissing: ["socket"], withoutSetId: true, sparse: true };

/** What `restic restore` leaves out. */
export const RESTICS: CompareOptions = { mayBeMissing: ["socket"] };

/**
 * What this restic cannot bring back although the snapshot says it: before 0.17 it reads no
 * `linktarget_raw`.
 */
export function withoutItsLimits(program: ResticProgram, differences: readonly string[]): readonly string[] {
  if (program.isAtLeast("0.17")) return differences;
  return differences.filter((difference) => !difference.startsWith('"links/raw-target": target'));
}
