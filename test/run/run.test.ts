import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Holdfast, openHoldfast } from "../support/holdfast.ts";
import type { RunningProcess } from "../support/run.ts";
import { temporaryFolder, type TemporaryFolder } from "../support/temporary-folder.ts";

/** An app that says how it was started, counts its starts in the state, and stops when it is told. */
const APP = `
import { existsSync, readFileSync, writeFileSync } from "node:fs";
process.on("SIGTERM", () => { writeFileSync("data/stopped", "yes"); process.exit(0); });
const starts = existsSync("data/starts") ? Number(readFileSync("data/starts", "utf8")) : 0;
writeFileSync("data/starts", String(starts + 1));
console.log(JSON.stringify({
  mode: process.env.HOLDFAST_MODE, words: process.argv.slice(2), starts,
  password: process.env.HOLDFAST_PASSWORD ?? null,
}));
setInterval(() => {
  if (existsSync("crash")) process.exit(9);
}, 20);
`;

interface Scene extends AsyncDisposable {
  readonly folder: TemporaryFolder;
  readonly holdfast: Holdfast;
  /** Variables with which supervisors and commands meet. */
  readonly runtime: NodeJS.ProcessEnv;
  /** Starts the app under `holdfast run`. */
  run(...options: readonly string[]): RunningProcess;
  /** What the app said at its starts. */
  starts(ended: { readonly stdout: Buffer }): Record<string, unknown>[];
  /** As the host does it between two starts of a container. */
  wipe(): Promise<void>;
}

async function scene(): Promise<Scene> {
  const folder = await temporaryFolder();
  await mkdir(folder.at("home"));
  await writeFile(folder.at("home", "app.mjs"), APP);
  const holdfast = openHoldfast({ store: folder.at("store"), password: "secret", home: folder.at("home") });
  const runtime = { XDG_RUNTIME_DIR: "", TMPDIR: folder.path };
  return {
    folder,
    holdfast,
    runtime,
    run: (...options) =>
      holdfast.start(["run", "--interval", "200ms", ...options, "--", process.execPath, "app.mjs"], {
        env: runtime,
      }),
    starts: ({ stdout }) =>
      stdout
        .toString()
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    wipe: () => rm(folder.at("home", "data"), { recursive: true, force: true }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

async function hasStarted({ folder }: Scene, starts: number): Promise<void> {
  const path = folder.at("home", "data", "starts");
  const read = async (): Promise<number> => (existsSync(path) ? Number(await readFile(path, "utf8")) : 0);
  await expect.poll(read, { timeout: 20_000 }).toBe(starts);
}

test("first start: login mode, done, normal mode; every later start: normal mode with the state", async () => {
  await using place = await scene();
  const { holdfast } = place;
  const environment = { env: place.runtime };
  const first = place.run("--login-args", "-login --quiet");
  await hasStarted(place, 1);
  const done = await holdfast.run(["done", "--json"], environment);
  expect(JSON.parse(done.stdout.toString())).toMatchObject({ files: { total: 2 }, fork: false });
  await hasStarted(place, 2);
  first.kill("SIGTERM");
  const ended = await first.ended;
  expect(ended.status).toBe(0);
  expect(place.starts(ended)).toEqual([
    { mode: "login", words: ["-login", "--quiet"], starts: 0, password: null },
    { mode: "normal", words: [], starts: 1, password: null },
  ]);
  await place.wipe();
  const second = place.run("--login-args", "-login");
  await hasStarted(place, 3);
  second.kill("SIGTERM");
  expect(place.starts(await second.ended)).toEqual([
    { mode: "normal", words: [], starts: 2, password: null },
  ]);
  await holdfast.check();
});

test("a login that was not finished begins again, with what was there", async () => {
  await using place = await scene();
  const first = place.run("--login-when", "file:data/never");
  await hasStarted(place, 1);
  first.kill("SIGTERM");
  await first.ended;
  await place.wipe();
  const second = place.run("--login-when", "file:data/stopped");
  await hasStarted(place, 2);
  second.kill("SIGTERM");
  // the rule holds in what was restored, so nobody has to log in
  expect(place.starts(await second.ended)).toMatchObject([{ mode: "normal", starts: 1 }]);
});

test("a rule that comes to hold ends the login by itself", async () => {
  await using place = await scene();
  const running = place.run("--login-when", "file:data/token");
  await hasStarted(place, 1);
  await writeFile(place.folder.at("home", "data", "token"), "logged in");
  await hasStarted(place, 2);
  running.kill("SIGTERM");
  const ended = await running.ended;
  expect(place.starts(ended)).toMatchObject([{ mode: "login" }, { mode: "normal" }]);
  expect(ended.stderr).toContain("login -> settling: the login rules hold");
});

test("what changes is saved while the app runs, on demand, and never when nothing has changed", async () => {
  await using place = await scene();
  const { holdfast, folder } = place;
  const environment = { env: place.runtime };
  const running = place.run("--freeze", "auto");
  await hasStarted(place, 1);
  const snapshots = async (): Promise<number> => ((await holdfast.json(["snapshots"])) as unknown[]).length;
  await expect.poll(snapshots, { timeout: 20_000 }).toBe(1);
  await holdfast.run(["save"], environment);
  expect(await snapshots()).toBe(1);
  await writeFile(folder.at("home", "data", "more"), "more");
  const saved = JSON.parse(
    (await holdfast.run(["save", "--json", "--tag", "mine"], environment)).stdout.toString(),
  ) as {
    files: { total: number };
  };
  expect(saved.files.total).toBe(2);
  running.kill("SIGKILL");
  await running.ended;
  await place.wipe();
  const again = place.run();
  await hasStarted(place, 2);
  expect(await readdir(folder.at("home", "data"))).toContain("more");
  again.kill("SIGTERM");
  await again.ended;
});

test("an app that crashes is started again, and ends the run after five times in a row", async () => {
  await using place = await scene();
  await writeFile(place.folder.at("home", "crash"), "");
  const ended = await place.run().ended;
  expect(ended.status).toBe(9);
  expect(place.starts(ended)).toHaveLength(5);
  expect(ended.stderr).toContain("for the 5th time in a row");
});

test("a second supervisor of the same state on the same machine is refused", async () => {
  await using place = await scene();
  const first = place.run();
  await hasStarted(place, 1);
  const second = await place.run().ended;
  expect(second.status).toBe(6);
  expect(second.stderr).toContain("another holdfast run supervises this state");
  first.kill("SIGTERM");
  expect((await first.ended).status).toBe(0);
});

test("a second signal ends at once, and the app with it", async () => {
  await using place = await scene();
  const { holdfast, folder } = place;
  const script = `trap '' TERM; echo $$ > data/pid; touch data/starts; echo 1 > data/starts; while :; do sleep 0.05; done`;
  const running = holdfast.start(["run", "--grace", "60s", "--", "sh", "-c", script], {
    env: place.runtime,
  });
  await hasStarted(place, 1);
  running.kill("SIGTERM");
  await new Promise((resolve) => setTimeout(resolve, 100));
  running.kill("SIGTERM");
  expect((await running.ended).status).toBe(143);
  const pid = (await readFile(join(folder.at("home", "data"), "pid"), "utf8")).trim();
  await expect.poll(() => existsSync(`/proc/${pid}`), { timeout: 5_000 }).toBe(false);
});

test("a terminal that is closed ends the app and saves, as any stop does", async () => {
  await using place = await scene();
  const running = place.run();
  await hasStarted(place, 1);
  running.kill("SIGHUP");
  const ended = await running.ended;
  expect(ended.status).toBe(0);
  expect(ended.stderr).toContain("normal -> stopping: SIGHUP");
  expect(ended.stderr).toContain("last-save -> ended: saved");
});
