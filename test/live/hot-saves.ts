import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { type Holdfast, openHoldfast } from "../support/holdfast.ts";
import { removeTree, temporaryFolder } from "../support/temporary-folder.ts";
import type { BrowserKind } from "./browsers.ts";
import { CLEAN_STOPS, stopCleanly } from "./clean-stop.ts";
import { gatherEvidence } from "./evidence.ts";
import { judge, type Verdict } from "./judge.ts";
import type { Site } from "./site.ts";
import { startWriter, type Writer } from "./writer.ts";

/** One save of a running browser, and what a fresh browser says about it. */
export interface HotSave extends Verdict {
  readonly saveMs: number;
  /** How long the browser stood still. */
  readonly pausedMs: number;
}

/** How `holdfast save` treats a browser that runs. */
export type Freeze = "auto" | "always" | "never";

/** What to save, how and how often. */
export interface HotSavesOptions {
  readonly kind: BrowserKind;
  readonly program: string;
  readonly site: Site;
  readonly freeze: Freeze;
  readonly copies: number;
}

/** Everything that one writer went through. */
export interface HotSaves {
  readonly saves: readonly HotSave[];
  /** What a fresh browser says about the save after the browser was closed. */
  readonly final: Verdict;
}

/** Browsers that look at copies at the same time: one for each core of a small machine. */
const LOOKS_AT_ONCE = 2;
/** How many of the newest logins are looked for; older ones were looked for before. */
const NEWEST_LOGINS = 4;
const MAX_PAUSE_MS = "10000";

/** Saves the profile of a browser that writes all the time, again and again, and looks at each copy. */
export async function saveHot(options: HotSavesOptions): Promise<HotSaves> {
  await using folder = await temporaryFolder();
  const home = folder.at("home");
  const profile = folder.at("profile");
  const holdfast = openHoldfast({
    store: folder.at("store"),
    password: "a hot save",
    home: folder.path,
  });
  const writer = await startWriter(options.kind, options.site, { program: options.program, profile, home });
  try {
    const pending = new Set<Promise<unknown>>();
    const saves: Promise<HotSave>[] = [];
    for (let copy = 0; copy < options.copies; copy++) {
      while (pending.size >= LOOKS_AT_ONCE) await Promise.race(pending);
      await writer.logIn();
      await writer.look();
      const saved = await save(holdfast, profile, options.freeze);
      const looked = lookAt(holdfast, saved, writer, options, folder.at(`copy-${copy}`), false);
      const all = looked.then((verdict) => ({ ...saved, ...verdict }));
      saves.push(all);
      const done = all.catch(() => undefined).finally(() => pending.delete(done));
      pending.add(done);
    }
    const results = await Promise.all(saves);
    await writer.logIn();
    await writer.look();
    await stopCleanly(writer, CLEAN_STOPS[options.kind][0]);
    const saved = await save(holdfast, profile, "auto");
    return {
      saves: results,
      final: await lookAt(holdfast, saved, writer, options, folder.at("final"), true),
    };
  } finally {
    await writer[Symbol.asyncDispose]();
  }
}

interface Saved {
  readonly snapshot: string;
  readonly startedAtMs: number;
  readonly saveMs: number;
  readonly pausedMs: number;
}

async function save(holdfast: Holdfast, profile: string, freeze: Freeze): Promise<Saved> {
  const startedAtMs = performance.now();
  // On a machine that is busy a stop may take longer than the default allows, and is still one instant.
  const flags = ["--freeze", freeze, "--max-pause", MAX_PAUSE_MS];
  const { snapshot, paused_ms: pausedMs } = await holdfast.save(profile, ...flags);
  return { snapshot, startedAtMs, saveMs: performance.now() - startedAtMs, pausedMs };
}

async function lookAt(
  holdfast: Holdfast,
  saved: Saved,
  { logins, moments }: Writer,
  { kind, program, site }: HotSavesOptions,
  target: string,
  closed: boolean,
): Promise<Verdict> {
  const history = { kind, logins: [...logins], moments: [...moments], savedAtMs: saved.startedAtMs, closed };
  const profile = join(target, "profile");
  await holdfast.restore(saved.snapshot, profile);
  const newest = history.logins.map((_, number) => number).slice(-NEWEST_LOGINS);
  const evidence = await gatherEvidence(profile, {
    kind,
    program,
    home: join(target, "home"),
    site,
    logins: newest,
  });
  await removeTree(target);
  return judge(evidence, history);
}
