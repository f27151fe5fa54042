import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { type ByteString } from "../../base/byte-string.ts";
import { isHalted, listProcesses, ownLine, type ProcessInfo, readProcess } from "./processes.ts";

/** Whom to stop. */
export interface WhomToStop {
  /** Real paths: who has a file below one of them open belongs to the app. */
  readonly folders: readonly ByteString[];
  /** A group whose processes belong to the app. */
  readonly processGroup: number | undefined;
  /** Further processes that belong to the app. */
  readonly processes: readonly number[];
  /** Never to be stopped, beside this process and those it descends from. */
  readonly spared: number | null;
}

/** The processes of an app at one moment. */
export interface Members {
  /** By their numbers. */
  readonly processes: ReadonlyMap<number, ProcessInfo>;
  /** Every process that there was, to know later ones by. */
  readonly seen: ReadonlySet<number>;
  /** Groups that hold nobody else, and nobody who stands still already: one signal can reach all of each. */
  readonly wholeGroups: ReadonlySet<number>;
  /** Whether a process belongs to the app that was started since. */
  readonly adopts: (process: ProcessInfo, members: ReadonlyMap<number, ProcessInfo>) => boolean;
}

/**
 * The processes of an app: those named, those in its group, those of this user that have a file of the
 * state open, and the descendants of all these; never this process, nor one that it descends from.
 */
export function findMembers({ folders, processGroup, processes, spared }: WhomToStop): Members {
  const pids = listProcesses();
  const named = new Set([...processes, ...pids.filter((pid) => hasFileBelow(pid, folders))]);
  // Mostly there is nobody, and then the rest need not be looked at.
  if (named.size === 0 && processGroup === undefined) return NOBODY;
  const infos = pids.flatMap((pid) => readProcess(pid) ?? []);
  const untouchable = ownLine();
  if (spared !== null) untouchable.add(spared);
  const children = Map.groupBy(infos, ({ parent }) => parent);
  const found = new Map<number, ProcessInfo>();
  const queue = infos.filter(({ pid, group }) => group === processGroup || named.has(pid));
  for (let process = queue.pop(); process !== undefined; process = queue.pop()) {
    const { pid } = process;
    if (untouchable.has(pid) || found.has(pid)) continue;
    found.set(pid, process);
    queue.push(...(children.get(pid) ?? []));
  }
  const groups = new Set([...found.values()].map(({ group }) => group));
  return {
    processes: found,
    seen: new Set(infos.map(({ pid }) => pid)),
    wholeGroups: wholeGroups(infos, found),
    adopts: (process, members) =>
      !untouchable.has(process.pid) &&
      (members.has(process.parent) || (groups.has(process.group) && isOrphan(process))),
  };
}

function wholeGroups(
  infos: readonly ProcessInfo[],
  members: ReadonlyMap<number, ProcessInfo>,
): ReadonlySet<number> {
  const groups = new Set([...members.values()].map(({ group }) => group));
  for (const process of infos)
    if (!members.has(process.pid) || isHalted(process)) groups.delete(process.group);
  // As targets of a signal they would be others: 0 is a group that cannot be seen from in here, 1 is everybody.
  groups.delete(0);
  groups.delete(1);
  return groups;
}

/**
 * Whether the parent has ended. Who takes the child then is of another group, while the group that the
 * child has from its parent still says where it belongs; a sibling of the app has a parent of its own group.
 */
function isOrphan({ parent, group }: ProcessInfo): boolean {
  return readProcess(parent)?.group !== group;
}

const NOBODY: Members = {
  processes: new Map(),
  seen: new Set(),
  wholeGroups: new Set(),
  adopts: () => false,
};

/** Whether a process of this user has a file below one of the folders open. */
function hasFileBelow(pid: number, folders: readonly ByteString[]): boolean {
  if (pid === process.pid) return false;
  try {
    if (statSync(`/proc/${pid}`).uid !== process.geteuid?.()) return false;
    return readdirSync(`/proc/${pid}/fd`).some((fd) => isBelow(pathOf(pid, fd), folders));
  } catch {
    return false; // ended, or not for us to see
  }
}

function pathOf(pid: number, fd: string): ByteString {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`, "latin1") as ByteString;
  } catch {
    return "" as ByteString; // closed meanwhile
  }
}

/** What the kernel adds to the path of a file that has no name any more, and so is no part of the state. */
const DELETED = " (deleted)";

function isBelow(path: ByteString, folders: readonly ByteString[]): boolean {
  return (
    folders.some((folder) => path.startsWith(folder === "/" ? folder : `${folder}/`)) &&
    !path.endsWith(DELETED)
  );
}

/** A line of `/proc/<pid>/maps` for a file that is shared and can be written. */
const SHARED_MAPPING = /^\S+ .w.s \S+ \S+ \d+\s+(\/.*)$/gm;

/**
 * Files below the folders that processes write through memory. Their times say nothing: only the first
 * write to a page since it was last on the disk changes them.
 */
export function findMappedFiles(pids: Iterable<number>, folders: readonly ByteString[]): Set<ByteString> {
  const mapped = new Set<ByteString>();
  for (const pid of pids) {
    for (const [, path = ""] of mapsOf(pid).matchAll(SHARED_MAPPING)) {
      const name = path.replaceAll("\\012", "\n") as ByteString;
      if (isBelow(name, folders)) mapped.add(name);
    }
  }
  return mapped;
}

function mapsOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/maps`, "latin1");
  } catch {
    return "";
  }
}
