import { createHash, randomBytes } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";

/**
 * Who holds a lease. It lies in the store in the clear, because whoever looks at it has no keys; so it names
 * neither the machine nor the user.
 */
export interface LeaseOwner {
  /** 32 random hexadecimal digits, of this process alone. */
  readonly id: string;
  readonly pid: number;
  /**
   * A hash of the boot of the machine and of the process namespace: where it is the same, process ids mean
   * the same. `null` where the system does not tell.
   */
  readonly place: string | null;
  /** When the process began, in ticks since the boot: a process id may be given again. */
  readonly startTicks: string | null;
  /** By the clock of its machine. */
  readonly started: Date;
}

/** One for all leases of this process, so that it knows its own when an answer was lost. */
const OWN_ID = randomBytes(16).toString("hex");

/** This process. */
export function thisOwner(started: Date): LeaseOwner {
  return {
    id: OWN_ID,
    pid: process.pid,
    place: placeOfThisProcess(),
    startTicks: processStart(process.pid),
    started,
  };
}

/** Whether the process of an owner has certainly ended: only this machine can tell, of its own processes. */
export function isGone({ place, pid, startTicks }: LeaseOwner, self: LeaseOwner): boolean {
  if (place === null || startTicks === null || place !== self.place) return false;
  return processStart(pid) !== startTicks;
}

function placeOfThisProcess(): string | null {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8");
    const namespace = readlinkSync("/proc/self/ns/pid");
    return createHash("sha256").update(`${boot}\0${namespace}`).digest("hex").slice(0, 32);
  } catch {
    return null; // not Linux, or a sandbox without /proc: nobody is known to be gone then
  }
}

/** `null` when there is no such process, or it has ended and nobody has asked for its status. */
function processStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name of the program, in parentheses, may hold anything.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return state === "Z" || state === "X" ? null : (fields[18] ?? null);
  } catch {
    return null;
  }
}
