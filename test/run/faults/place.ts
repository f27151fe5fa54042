import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "vitest";
import {
  check,
  openRepository,
  type OpenedRepository,
  restore,
  save,
  snapshots,
} from "../../../src/index.ts";
import { askControl, type ControlCommand, controlPath } from "../../../src/run/control.ts";
import { lookAtLeases } from "../../../src/run/lease-names.ts";
import { openStore, type StoreCredentials } from "../../../src/stores/open.ts";
import { type HubUnderTest, temporaryHub } from "../../hub/support.ts";
import { ENTRY } from "../../support/holdfast.ts";
import { LONG } from "../../support/long.ts";
import { createRandom } from "../../support/random.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { type Running, startRunning } from "./running.ts";

/** What becomes of a run; all of it may be left out. */
export interface StartOptions {
  /** Options of `holdfast run`. */
  readonly flags?: readonly string[];
  /** What the app is told: `wait`, `stubborn`, `crash`, `crash-once FILE`. */
  readonly app?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** A folder that is the disk of another machine, under the same name as that of this one there; only for root. */
  readonly machine?: string;
}

/** A machine with an app, its state, and a store. */
export interface FaultPlace extends AsyncDisposable {
  /** `null` for a store in a folder. */
  readonly hub: HubUnderTest | null;
  /** The folder in which the state `data` lies. */
  readonly path: string;
  readonly store: string;
  at(...segments: string[]): string;
  /** Starts the built program with the app. */
  start(options?: StartOptions): Running;
  /** The app writes its state: what a login is told by, and what makes it large enough to be looked at. */
  write(login: string): void;
  /** A run before the fault has saved this. */
  saveWell(login: string): Promise<void>;
  /** The machine loses its disk. */
  wipe(): void;
  /** Asks the supervisor through its socket. */
  ask(command: ControlCommand): Promise<unknown>;
  /**
   * The newest good snapshot has this login, all data of the store is whole, and what was saved well
   * before is still there, byte for byte.
   *
   * @param damaged the logins of those that the fault has damaged
   */
  mustHold(login: string, damaged?: readonly string[]): Promise<void>;
  /** As {@link FaultPlace.mustHold}, where the newest good snapshot may have any of these logins: the one it has. */
  heldAfter(logins: readonly string[], damaged?: readonly string[]): Promise<string>;
  /** The login in the newest snapshot with a tag. */
  loginBeside(tag: string): Promise<string>;
  /** Whether a run has the lease of the state. */
  hasLease(): Promise<boolean>;
  /** A start without the fault, on an empty disk, is in normal mode with this login. */
  mustStartWith(login: string): Promise<void>;
}

/** For tests that start several programs, on a machine that has more to do. */
export const PATIENTLY: { readonly timeout: number } = { timeout: LONG ? 1_800_000 : 240_000 };

/** Kept short: a run saves when it is asked to, or soon after a change. */
export const SOON: readonly string[] = ["--interval", "1s"];

const DATABASE_BYTES = 1_500_000;
const PASSWORD = "correct horse";
const APP = join(import.meta.dirname, "app.fixture.ts");

/** Where a place is. */
export interface PlaceOptions {
  /** On the stand-in for the Hub. */
  readonly onHub?: boolean;
  /** The folder in which the state lies; one that goes away with the place when left out. */
  readonly path?: string;
  /** The folder that is the store. */
  readonly store?: string;
}

/** Loads one of our modules before a program. */
export function preload(name: "clock" | "impatient"): NodeJS.ProcessEnv {
  const url = pathToFileURL(join(import.meta.dirname, `${name}.fixture.ts`)).href;
  return { NODE_OPTIONS: `--disable-warning=ExperimentalWarning --import ${url}` };
}

/** Makes a machine with an empty state. */
export async function openPlace({ onHub = false, ...given }: PlaceOptions = {}): Promise<FaultPlace> {
  const folder = await temporaryFolder();
  const hub = onHub ? await temporaryHub() : null;
  const path = given.path ?? folder.at("machine");
  const runtime = folder.at("runtime");
  for (const each of [path, runtime]) mkdirSync(each, { recursive: true, mode: 0o700 });
  const store = given.store ?? (hub === null ? folder.at("store") : "hf://datasets/alice/vault");
  const credentials: StoreCredentials = {
    hub: hub === null ? undefined : { token: hub.token, endpoint: hub.hub.url },
  };
  const access = { store, password: PASSWORD, credentials };
  const state = [join(path, "data")];
  const env = {
    PATH: process.env["PATH"],
    TZ: "UTC",
    HOME: folder.path,
    TMPDIR: folder.path,
    XDG_CACHE_HOME: folder.at("cache"),
    XDG_RUNTIME_DIR: runtime,
    HOLDFAST_STORE: store,
    HOLDFAST_PASSWORD: PASSWORD,
    ...(hub === null ? {} : { HF_TOKEN: hub.token, HF_ENDPOINT: hub.hub.url }),
  };
  const savedWell = new Map<string, string>();
  const running: Running[] = [];
  const place: FaultPlace = {
    hub,
    path,
    store,
    at: (...segments) => folder.at(...segments),
    start({ flags = [], app = [], machine, ...options } = {}) {
      const words = [ENTRY, "run", "--grace", "10s", ...flags, "--", process.execPath, APP, ...app];
      const elsewhere = machine === undefined ? [] : onMachine(machine, path);
      const own = machine === undefined ? {} : { XDG_RUNTIME_DIR: path, XDG_CACHE_HOME: join(path, "cache") };
      if (machine !== undefined) chmodSync(machine, 0o700);
      const started = startRunning([...elsewhere, process.execPath, ...words], {
        cwd: path,
        env: { ...env, ...own, ...options.env },
      });
      running.push(started);
      return started;
    },
    write(login) {
      mkdirSync(join(path, "data", "profile"), { recursive: true });
      writeFileSync(join(path, "data", "profile", "database"), databaseOf(login));
      writeFileSync(join(path, "data", "login"), login);
    },
    async saveWell(login) {
      place.write(login);
      const { snapshot } = await save({ ...access, state, cacheFolder: folder.at("cache") });
      savedWell.set(snapshot, login);
    },
    wipe: () => rmSync(state[0] ?? "", { recursive: true, force: true }),
    async ask(command) {
      const answer = await askControl(controlPath(state, { XDG_RUNTIME_DIR: runtime }), { command });
      if (answer === null) throw new Error("nobody supervises the state");
      return answer.result;
    },
    async heldAfter(logins, lost = []) {
      await using repository = await openRepository(access);
      const { damaged } = await check({ repository, readData: true });
      expect(damaged.map((id) => savedWell.get(id))).toEqual(lost);
      const newest = await restored(repository, "latest");
      expect(logins).toContain(newest.login);
      for (const [snapshot, saved] of savedWell)
        if (snapshot !== newest.snapshot && !lost.includes(saved))
          expect((await restored(repository, snapshot)).login).toBe(saved);
      return newest.login;
    },
    async mustHold(login, damaged) {
      await place.heldAfter([login], damaged);
    },
    async loginBeside(tag) {
      await using repository = await openRepository(access);
      const { snapshots: all } = await snapshots({ repository });
      const snapshot = all.findLast(({ tags }) => tags.includes(tag))?.id ?? `none tagged ${tag}`;
      return (await restored(repository, snapshot)).login;
    },
    async hasLease() {
      const opened = await openStore(store, { credentials });
      const view = await lookAtLeases(opened, {});
      await opened.close();
      return view.top !== null && !view.has(view.top, "released");
    },
    async mustStartWith(login) {
      place.wipe();
      await using run = place.start();
      expect(await run.appSays(/mode/)).toBe(`normal mode, ${login}`);
      if (LONG) expect(await run.stop()).toBe(0);
    },
    async [Symbol.asyncDispose]() {
      for (const each of running) await each.crash();
      await hub?.[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };

  return place;
}

/** Words before a program, for which a folder is another one. */
function onMachine(folder: string, path: string): readonly string[] {
  const script = 'mount --bind "$0" "$1" && cd "$1" && shift && exec "$@"';
  return ["unshare", "--mount", "sh", "-c", script, folder, path];
}

/** Restores a snapshot, all of which has to be as it was saved. */
async function restored(
  repository: OpenedRepository,
  query: string,
): Promise<{ readonly snapshot: string; readonly login: string }> {
  await using folder = await temporaryFolder();
  const to = folder.at("to");
  const { snapshot } = await restore({
    repository,
    snapshot: query,
    state: [],
    to,
    fallback: query === "latest",
  });
  const login = readFileSync(join(to, "login"), "utf8");
  expect(readFileSync(join(to, "profile", "database")).equals(databaseOf(login))).toBe(true);
  return { snapshot, login };
}

/** What is in the profile of somebody, different for each. */
function databaseOf(login: string): Buffer {
  const seed = createHash("sha256").update(login).digest().readUInt32LE();
  return Buffer.from(createRandom(seed).bytes(DATABASE_BYTES));
}
