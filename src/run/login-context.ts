import type { HoldfastError } from "../base/errors.ts";

/**
 * Where rules look. Give the same object each time: what has not changed since is not read again, and a
 * problem is reported once.
 */
export interface LoginContext {
  /** The folders whose content is the state; they need not be there yet. */
  readonly state: readonly string[];
  /** What relative paths in rules start from. */
  readonly folder: string;
  /**
   * Address of the running browser whose cookies count; `null` for those of the profiles on the disk. A
   * Firefox takes one driver at a time: do not name one that the app drives.
   */
  readonly connect: string | null;
  readonly signal: AbortSignal;
  /** Gets what will not become better by itself, so that somebody can say it. */
  readonly onProblem?: (problem: HoldfastError) => void;
}

const reported = new WeakMap<LoginContext, Set<string>>();

/** Hands a problem on, once for each context and message. */
export function reportOnce(context: LoginContext, problem: HoldfastError): void {
  const messages = reported.get(context) ?? new Set();
  if (messages.has(problem.message)) return;
  reported.set(context, messages.add(problem.message));
  context.onProblem?.(problem);
}
