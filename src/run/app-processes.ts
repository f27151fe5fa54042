import { isStill, listProcesses, ownLine, type ProcessInfo, readProcess } from "../capture/live/processes.ts";

/**
 * The processes of an app: those in the group and session of its leader, their descendants, and whatever
 * was one of these at an earlier look, although its parent has ended and it has a session of its own, as
 * browsers have.
 */
export class AppProcesses {
  readonly #leader: number;
  /** When each was started, by its number: a number alone is given again. */
  readonly #known = new Map<number, string>();

  /** @param leader the first process of the app, which leads a group and a session */
  constructor(leader: number) {
    this.#leader = leader;
  }

  /** Those that live now; the ended ones that nobody has asked after do not count. */
  look(): ProcessInfo[] {
    const untouchable = ownLine();
    const alive = listProcesses()
      .flatMap((pid) => readProcess(pid) ?? [])
      .filter(({ pid, state }) => !untouchable.has(pid) && state !== "Z" && state !== "X");
    const children = Map.groupBy(alive, ({ parent }) => parent);
    const members = new Map<number, ProcessInfo>();
    const queue = alive.filter((process) => this.#isKnown(process));
    for (let process = queue.pop(); process !== undefined; process = queue.pop()) {
      if (members.has(process.pid)) continue;
      members.set(process.pid, process);
      queue.push(...(children.get(process.pid) ?? []));
    }
    this.#known.clear();
    for (const { pid, started } of members.values()) this.#known.set(pid, started);
    return [...members.values()];
  }

  /** Tells all that live; what has ended meanwhile is passed over. */
  signal(name: NodeJS.Signals, which: (process: ProcessInfo) => boolean = () => true): void {
    for (const process of this.look()) {
      if (which(process)) signalProcess(process, name);
    }
  }

  #isKnown({ pid, group, session, started }: ProcessInfo): boolean {
    return group === this.#leader || session === this.#leader || this.#known.get(pid) === started;
  }
}

/** Sends a signal to a process, and lets it go on if it was stopped, so that it can follow. */
export function signalProcess(target: ProcessInfo, name: NodeJS.Signals): void {
  try {
    process.kill(target.pid, name);
    if (isStill(target)) process.kill(target.pid, "SIGCONT");
  } catch {
    // it has ended
  }
}
