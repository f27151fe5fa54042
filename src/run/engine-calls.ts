import type { Failure } from "../base/failure.ts";
import type { ResumeResult } from "../operations/resume-result.ts";
import type { ResumeRequest } from "../operations/resume.ts";
import type { RepositoryAddress } from "../operations/open-repository.ts";
import type { SaveRequest, SaveResult } from "../operations/save.ts";

/** Where the repository is: an address, because it goes to another process. */
export type Address = Omit<RepositoryAddress, "store" | "signal" | "password"> & {
  readonly store: string;
  /** `null` when none is given: whether the place may go without is asked when it is reached first. */
  readonly password: string | null;
};

/** What of a request can go to another process. */
export type Plain<Request> = Omit<Request, "onProgress" | "signal">;

/** What a save did, and when the store would like the next one at the earliest (RFC 3339; `null` for any time). */
export interface EngineSave extends SaveResult {
  readonly next_save_at: string | null;
}

/** What the engine can be asked for, and what it answers. */
export interface EngineCalls {
  readonly resume: { readonly request: Plain<ResumeRequest>; readonly result: ResumeResult };
  readonly save: { readonly request: Plain<SaveRequest>; readonly result: EngineSave };
  /** Whether a snapshot can be read in full. */
  readonly verify: { readonly request: { readonly snapshot: string }; readonly result: boolean };
  /** The id of the newest good snapshot of the state; `null` when nothing is saved. */
  readonly newest: {
    readonly request: { readonly state: readonly string[] };
    readonly result: string | null;
  };
}

/** The name of a piece of work. */
export type EngineCall = keyof EngineCalls;

/** From the supervisor to the engine. The first message says where the repository is, the second what to do. */
export type ToEngine =
  | { readonly kind: "open"; readonly call: EngineCall; readonly address: Address }
  | { readonly kind: "call"; readonly request: EngineCalls[EngineCall]["request"] }
  | { readonly kind: "cancel" };

/** What comes back from the engine: once that it has opened the repository, and by which password; then the end. */
export type FromEngine =
  | { readonly reached: { readonly password: string } }
  | { readonly result: unknown }
  | { readonly failure: Failure };
