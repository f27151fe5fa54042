import type { RunState } from "./status.ts";

/**
 * Which state may follow which. Whatever is not here is a mistake in the program, and is refused before
 * it can do harm: for example nothing leads from a failed restore to a save of the good state.
 */
export const TRANSITIONS: Readonly<Record<RunState, readonly RunState[]>> = {
  starting: ["waiting-for-lease", "ended"],
  "waiting-for-lease": ["restoring", "ended"],
  restoring: ["waiting-for-lease", "login", "normal", "ended"],
  login: ["settling", "backing-off", "replacing", "stopping", "last-save"],
  settling: ["normal", "last-save"],
  normal: ["backing-off", "replacing", "stopping", "last-save"],
  "backing-off": ["login", "normal", "replacing", "last-save"],
  replacing: ["waiting-for-lease", "last-save"],
  stopping: ["last-save"],
  "last-save": ["ended"],
  ended: [],
};

/** Where to go from a state, and why, in a few words for the log. */
export interface Next {
  readonly state: RunState;
  readonly reason: string;
}

/** What is told about each transition. */
export interface Transition extends Next {
  readonly from: RunState;
}

/** What is done in each state; it ends with where to go next. The last state has nothing to do. */
export type States<Context> = Readonly<
  Record<Exclude<RunState, "ended">, (context: Context) => Promise<Next>>
>;

/**
 * Walks from `starting` to `ended`, one state after the other.
 *
 * @param onTransition called before the next state is entered
 * @throws what a state throws; an `Error` for a transition that is not in {@link TRANSITIONS}
 */
export async function walk<Context>(
  states: States<Context>,
  context: Context,
  onTransition: (transition: Transition) => void,
): Promise<void> {
  let current: RunState = "starting";
  while (current !== "ended") {
    const { state, reason }: Next = await states[current](context);
    if (!TRANSITIONS[current].includes(state)) throw new Error(`no way leads from ${current} to ${state}`);
    onTransition({ from: current, state, reason });
    current = state;
  }
}
