import type { RestoreResult } from "./restore.ts";
import type { SaveResult } from "./save.ts";

/** What the state is now. */
export interface ResumeResult {
  /**
   * `restored`: it is the newest good snapshot; `kept`: it descends from that one already, and was left
   * alone; `nothing-saved`: there is no good snapshot, and what was there stays.
   */
  readonly outcome: "restored" | "kept" | "nothing-saved";
  /** What the next save has to name as its `base`. */
  readonly base: string | null;
  /** The snapshot whose state it is. */
  readonly snapshot: { readonly id: string; readonly time: string; readonly tags: readonly string[] } | null;
  readonly restored: RestoreResult | null;
  /** What lay in the folders and was replaced, as it was saved beside the good snapshots. */
  readonly beside: SaveResult | null;
}

/** What a resume gives where no good snapshot is. */
export const NOTHING_SAVED: ResumeResult = {
  outcome: "nothing-saved",
  base: null,
  snapshot: null,
  restored: null,
  beside: null,
};
