import { readFileSync, readlinkSync, realpathSync } from "node:fs";
import { basename } from "node:path";
import { fromText } from "../base/byte-string.ts";
import type { BrowserKind } from "../browser/find-profiles.ts";
import { findMembers } from "../capture/live/members.ts";
import { isStill, listProcesses, type ProcessInfo, readProcess } from "../capture/live/processes.ts";

/** Whose browsers to look for: an app. */
export interface BrowserOwner {
  /** The process group, and the session, that the app was started in; `null` when it has none of its own. */
  readonly group: number | null;
  /** The first process of the app; it may be gone. */
  readonly pid: number;
  /** The state folders: who has a file below them open belongs to the app, in whichever session it is. */
  readonly folders?: readonly string[];
  /** Further processes of the app, for example those whose parents have ended. */
  readonly others?: readonly number[];
}

/** The main process of a browser, the one that a user would end. */
export interface RunningBrowser {
  readonly kind: BrowserKind;
  /** Name of its program, for people. */
  readonly program: string;
  readonly pid: number;
  /** As `ProcessInfo.started`. */
  readonly started: string;
  /** Firefox: the processes that hold its pages. */
  readonly pages: readonly number[];
}

/**
 * The browsers among the processes of an app: those of its group and session, of its state, and all that
 * descend from them, so also those whose parent has ended. None where there is no `/proc`.
 */
export function findBrowsers({ group, pid, folders = [], others = [] }: BrowserOwner): RunningBrowser[] {
  const infos = listProcesses().flatMap((each) => readProcess(each) ?? []);
  const inSession = group === null ? [] : infos.filter(({ session }) => session === group);
  const { processes } = findMembers({
    folders: folders.flatMap(realOf),
    processGroup: group ?? undefined,
    processes: [pid, ...others, ...inSession.map((info) => info.pid)],
    spared: null,
  });
  const living = [...processes.values()].filter((info) => !isEnded(info)).map(look);
  const children = Map.groupBy(living, ({ info }) => info.parent);
  return living.flatMap((seen): RunningBrowser[] => {
    const kind = kindOf(seen, children.get(seen.info.pid) ?? []);
    if (kind === null) return [];
    const pages = kind === "firefox" ? pagesBelow(seen.info.pid, children) : [];
    return [{ kind, program: seen.program, pid: seen.info.pid, started: seen.info.started, pages }];
  });
}

/** Whether a process is gone; its number may belong to another one. */
export function isGone({ pid, started }: Pick<RunningBrowser, "pid" | "started">): boolean {
  const info = readProcess(pid);
  return info === null || info.started !== started || isEnded(info);
}

/** Ended, and not yet taken note of by its parent. */
function isEnded(info: ProcessInfo): boolean {
  return isStill(info) && !["T", "t"].includes(info.state);
}

interface Seen {
  readonly info: ProcessInfo;
  /** Name of the file that it runs. */
  readonly program: string;
  /** Words with a NUL after each; child processes of browsers put spaces there. */
  readonly commandLine: string;
}

function look(info: ProcessInfo): Seen {
  const commandLine = commandLineOf(info.pid);
  return { info, program: programOf(info.pid) ?? basename(commandLine.split("\0", 1)[0] ?? ""), commandLine };
}

interface Family {
  /** Names of programs, for one that has no children yet. */
  readonly programs: RegExp;
  /** What the command line of each other process of the browser holds, and that of the main one does not. */
  readonly child: RegExp;
}

const FAMILIES: Readonly<Record<BrowserKind, Family>> = {
  chromium: {
    programs:
      /^(?:chrome|chromium|chromium-browser|google-chrome|headless_shell|chrome-headless-shell|msedge|brave|vivaldi-bin|opera|electron)$/,
    child: /[\0 ]--type=/,
  },
  firefox: {
    programs: /^(?:firefox|firefox-esr|firefox-bin|camoufox|camoufox-bin|librewolf|waterfox)$/,
    child: /[\0 ]-contentproc[\0 ]/,
  },
};

/** Which browser a process is the main one of; `null` when it is none. */
function kindOf(seen: Seen, children: readonly Seen[]): BrowserKind | null {
  for (const kind of ["chromium", "firefox"] as const) {
    const { programs, child } = FAMILIES[kind];
    if (child.test(seen.commandLine)) return null;
    const isParent = children.some(
      ({ program, commandLine }) => program === seen.program && child.test(commandLine),
    );
    if (isParent || programs.test(seen.program)) return kind;
  }
  return null;
}

/** The last word of Firefox's processes says what they are for. */
const PAGE = /[\0 ]tab[\0 ]*$/;

/** Pages are children of the main process, or of one that only forks. */
function pagesBelow(pid: number, children: ReadonlyMap<number, readonly Seen[]>): number[] {
  const found: number[] = [];
  for (const { info, commandLine } of children.get(pid) ?? []) {
    if (!FAMILIES.firefox.child.test(commandLine)) continue;
    if (PAGE.test(commandLine)) found.push(info.pid);
    found.push(...pagesBelow(info.pid, children));
  }
  return found;
}

function realOf(folder: string): ReturnType<typeof fromText>[] {
  try {
    return [fromText(realpathSync(folder))];
  } catch {
    return []; // nobody has a file below a folder that is not there
  }
}

/** Empty when the process is gone. */
function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1");
  } catch {
    return "";
  }
}

/** `null` when it is gone, or of another user. */
function programOf(pid: number): string | null {
  try {
    return basename(readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, ""));
  } catch {
    return null;
  }
}
