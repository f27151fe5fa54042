import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryHub } from "../../test/hub/support.ts";
import { openHoldfast } from "../../test/support/holdfast.ts";
import { temporaryFolder, type TemporaryFolder } from "../../test/support/temporary-folder.ts";
import { makeBrowserProfile } from "../engine/browser-profile.ts";
import { type FolderSize, folderSize } from "../support/folder-size.ts";
import { median, rounded } from "../support/statistics.ts";

/** How long an app takes until its first line, in milliseconds; medians of `rounds` starts each. */
export interface StartUpTimes {
  readonly rounds: number;
  /** By itself. */
  readonly bareMs: number;
  /** Under `holdfast run`, with nothing to restore. */
  readonly nothingMs: number;
  /** With a profile to restore from a store of this machine. */
  readonly localMs: number;
  /** With the same from a Hub far away. */
  readonly hubMs: number;
  readonly profile: FolderSize;
}

/** What issue and design ask for, above the bare app. */
export const TARGETS_MS = { nothing: 150, hub: 1000 } as const;
export const ROUND_TRIP_MS = 50;
export const BITS_PER_SECOND = 200_000_000;
const PROFILE_MB = 30;
const CACHE = join(import.meta.dirname, "..", "..", ".cache", "bench");
const REPO = "alice/vault";

/** Starts an app of one line in turn: bare, and under `holdfast run` in three situations. */
export async function measureStartUp(chromium: string, rounds: number): Promise<StartUpTimes> {
  const template = join(CACHE, `chromium-${PROFILE_MB}`);
  if (!existsSync(template)) await makeBrowserProfile(chromium, template, PROFILE_MB * 1_000_000);
  await using folder = await temporaryFolder();
  await using place = await temporaryHub();
  const { hub, token } = place;
  mkdirSync(folder.at("home"));
  writeFileSync(folder.at("home", "app.mjs"), 'process.stdout.write("here\\n");');
  const far = { HF_TOKEN: token, HF_ENDPOINT: hub.url };
  const local = holdfastOn(folder, folder.at("store"));
  const remote = holdfastOn(folder, `hf://datasets/${REPO}`);
  const fill = (): void => cpSync(template, folder.at("home", "data"), { recursive: true });
  fill();
  await local.run(["save"]);
  await remote.run(["save"], { env: far });
  hub.faults.add({
    fault: {
      kind: "slow",
      delayMs: ROUND_TRIP_MS,
      link: { bytesPerSecond: BITS_PER_SECOND / 8, freeAtMs: 0 },
    },
  });
  const samples: Record<"bareMs" | "nothingMs" | "localMs" | "hubMs", number[]> = {
    bareMs: [],
    nothingMs: [],
    localMs: [],
    hubMs: [],
  };
  for (let round = 0; round < rounds; round++) {
    const start = async (holdfast: typeof local | null, env: NodeJS.ProcessEnv = {}): Promise<number> => {
      rmSync(folder.at("home", "data"), { recursive: true, force: true });
      rmSync(folder.at("empty"), { recursive: true, force: true });
      return await firstLineMs(folder, holdfast, env);
    };
    samples.bareMs.push(await start(null));
    samples.nothingMs.push(await start(holdfastOn(folder, folder.at("empty"))));
    samples.localMs.push(await start(local));
    samples.hubMs.push(await start(remote, far));
  }
  const { bareMs, nothingMs, localMs, hubMs } = samples;
  return {
    rounds,
    bareMs: rounded(median(bareMs)),
    nothingMs: rounded(median(nothingMs)),
    localMs: rounded(median(localMs)),
    hubMs: rounded(median(hubMs)),
    profile: folderSize(template),
  };
}

function holdfastOn(folder: TemporaryFolder, store: string): ReturnType<typeof openHoldfast> {
  return openHoldfast({ store, password: "secret", home: folder.at("home") });
}

async function firstLineMs(
  folder: TemporaryFolder,
  holdfast: ReturnType<typeof openHoldfast> | null,
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const app = [process.execPath, "app.mjs"] as const;
  const [program, ...words] = holdfast === null ? app : ([...holdfast.command, "run", "--", ...app] as const);
  const startedMs = performance.now();
  const child = spawn(program, words, {
    cwd: folder.at("home"),
    env: { ...(holdfast?.env ?? process.env), ...env },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let firstMs = NaN;
  child.stdout.once("data", () => {
    firstMs = performance.now() - startedMs;
  });
  child.once("error", reject);
  child.once("close", () => resolve(firstMs));
  const ms = await promise;
  if (Number.isNaN(ms)) throw new Error("the app did not start");
  return ms;
}
