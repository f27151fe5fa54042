import type { HoldfastError } from "../base/errors.ts";
import type { GivenCookiesResult } from "../operations/cookies/given-cookies.ts";
import type { ResumeResult } from "../operations/resume-result.ts";
import type { SaveResult } from "../operations/save.ts";
import type { Transition } from "./machine.ts";

/** Why a save is made. */
export type SaveReason = "changed" | "asked" | "login" | "hand-over" | "adopted" | "last";

/** What happens while an app is supervised, in the order in which it does. */
export type RunEvent =
  | ({ readonly kind: "transition" } & Transition)
  | { readonly kind: "resumed"; readonly result: ResumeResult }
  /** The cookies that the host gives were looked at. */
  | { readonly kind: "cookies"; readonly result: GivenCookiesResult }
  | { readonly kind: "started"; readonly pid: number; readonly mode: "login" | "normal" }
  | { readonly kind: "saved"; readonly reason: SaveReason; readonly result: SaveResult }
  | { readonly kind: "unchanged"; readonly reason: SaveReason; readonly result: SaveResult }
  | { readonly kind: "save-failed"; readonly reason: SaveReason; readonly error: HoldfastError }
  /** Something that a person should know; the run goes on. */
  | { readonly kind: "warning"; readonly message: string; readonly hint: string | null }
  /** Something that a person should do now, in order to go on. */
  | { readonly kind: "request"; readonly message: string; readonly hint: string };
