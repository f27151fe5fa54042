import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { openHoldfast } from "../../test/support/holdfast.ts";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { makeBrowserProfile } from "../engine/browser-profile.ts";
import { type FolderSize, folderSize } from "../support/folder-size.ts";
import { rounded } from "../support/statistics.ts";

/** What a supervisor costs while nothing happens. */
export interface IdleCost {
  readonly minutes: number;
  /** Of one core, the processes that it starts meanwhile included. */
  readonly cpuPercent: number;
  /** The most memory that it had, in MB (10⁶ bytes), of all its processes together. */
  readonly memoryMB: number;
  readonly profile: FolderSize;
}

/** What the issue asks for. */
export const IDLE_TARGETS = { cpuPercent: 0.5, memoryMB: 90 } as const;
const PROFILE_MB = 300;
const CACHE = join(import.meta.dirname, "..", "..", ".cache", "bench");
/** The first save is over, and everything is loaded that will be. */
const WARM_UP_MS = 60_000;
const LOOK_EVERY_MS = 1_000;
const TICKS_A_SECOND = 100;
const PAGE_BYTES = 4096;

/** Supervises an app that does nothing, with a profile that does not change, on a store of this machine. */
export async function measureIdle(chromium: string, minutes: number): Promise<IdleCost> {
  const template = join(CACHE, `chromium-${PROFILE_MB}`);
  if (!existsSync(template)) await makeBrowserProfile(chromium, template, PROFILE_MB * 1_000_000);
  await using folder = await temporaryFolder();
  mkdirSync(folder.at("home"));
  cpSync(template, folder.at("home", "data"), { recursive: true });
  writeFileSync(folder.at("home", "app.mjs"), "setInterval(() => undefined, 3_600_000);");
  const holdfast = openHoldfast({ store: folder.at("store"), password: "secret", home: folder.at("home") });
  await holdfast.run(["save"]);
  const running = holdfast.start(["run", "--", process.execPath, "app.mjs"], {
    timeoutMs: WARM_UP_MS + minutes * 60_000 + 60_000,
  });
  try {
    await wait(WARM_UP_MS);
    const before = ticksOf(running.pid);
    const endMs = performance.now() + minutes * 60_000;
    let mostBytes = 0;
    while (performance.now() < endMs) {
      mostBytes = Math.max(mostBytes, memoryOf(running.pid));
      await wait(LOOK_EVERY_MS);
    }
    const seconds = (ticksOf(running.pid) - before) / TICKS_A_SECOND;
    return {
      minutes,
      cpuPercent: rounded((100 * seconds) / (minutes * 60)),
      memoryMB: rounded(mostBytes / 1e6),
      profile: folderSize(template),
    };
  } finally {
    running.kill("SIGTERM");
    await running.ended;
  }
}

/** Of a process and the children that it has waited for (proc(5), `stat`, fields 14 to 17). */
function ticksOf(pid: number): number {
  return fieldsOf(pid)
    .slice(11, 15)
    .reduce((sum, ticks) => sum + Number(ticks), 0);
}

/** Of a process and what it has started, without the app: each counts what is its alone. */
function memoryOf(pid: number): number {
  const children = readdirSync("/proc")
    .map(Number)
    .filter((each) => Number.isInteger(each) && each > 0 && isEngineOf(each, pid));
  return [pid, ...children].reduce((sum, each) => sum + Number(fieldsOf(each)[21] ?? 0) * PAGE_BYTES, 0);
}

function isEngineOf(pid: number, parent: number): boolean {
  if (fieldsOf(pid)[1] !== String(parent)) return false;
  try {
    return !readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("app.mjs");
  } catch {
    return false;
  }
}

/** From the state on; empty when it is gone. */
function fieldsOf(pid: number): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return [];
  }
}
