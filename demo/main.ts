/*
 * `npm start`: a browser login survives a wiped disk. A real Chromium logs in to a small web app; while it
 * runs, its profile is saved to ./.holdfast. It is killed, its profile deleted and restored to another
 * path, and a fresh Chromium looks.
 *
 * Ends with 0 only when the login survived. Leaves nothing behind but ./.holdfast, where it only adds.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { LOGGED_IN, lookAt, startBrowser, type Visit } from "./browser.ts";
import { restore, save } from "./holdfast.ts";
import { createReport, formatBytes } from "./report.ts";
import { startWebApp } from "./web-app.ts";
import { waitUntilWritten } from "./written.ts";

const STORE = "./.holdfast";

const interrupted = new AbortController();
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(name, () => interrupted.abort(new Error(`stopped by ${name}`)));
}

try {
  process.exitCode = (await demo(interrupted.signal)) ? 0 : 1;
} catch (error) {
  const reason: unknown = interrupted.signal.aborted ? interrupted.signal.reason : error;
  console.error(
    `\nthe demo did not come to its end: ${reason instanceof Error ? reason.message : String(reason)}`,
  );
  process.exitCode = 1;
}

/** @returns whether the login survived */
async function demo(signal: AbortSignal): Promise<boolean> {
  await using app = await startWebApp();
  await using folder = await temporaryFolder();
  const home = join(folder.path, "home");
  const before = join(folder.path, "first-machine", "profile");
  const after = join(folder.path, "second-machine", "profile");
  await mkdir(home);
  await mkdir(join(folder.path, "first-machine"));
  await mkdir(join(folder.path, "second-machine"));
  const visit: Visit = { url: app.url, home, signal };
  const report = createReport();
  const step = async <Result>(
    name: string,
    work: () => Promise<Result>,
    tell: (result: Result) => string,
  ) => {
    signal.throwIfAborted();
    const started = performance.now();
    const result = await work();
    report.step(name, tell(result), (performance.now() - started) / 1000);
    return result;
  };

  report.title("Holdfast: a browser login survives a wiped disk");
  await using browser = await startBrowser(before, visit);
  await step(
    "log in",
    async () => {
      await browser.look();
      return await browser.logIn();
    },
    (status) => `Chromium opens ${app.url}, fills in the form: ${status}`,
  );
  await step(
    "wait",
    async () => {
      await browser.changeCookies();
      await waitUntilWritten(before, signal);
    },
    () => "Chromium keeps what is new in memory for seconds; now the login is in its profile",
  );
  const saved = await step(
    "save",
    async () => await save(STORE, before, visit),
    ({ snapshot, files, bytes }) =>
      `${files.total} files, ${formatBytes(bytes.state)} -> snapshot ${snapshot.slice(0, 8)}, ` +
      `${formatBytes(bytes.stored)} compressed and encrypted in ${STORE}`,
  );
  report.note(
    `Chromium ran on, stopped for ${Math.round(saved.paused_ms)} ms to be seen at one instant: ${await browser.look()}`,
  );
  for (const warning of saved.warnings) report.note(warning);
  await step(
    "wipe",
    async () => {
      await browser.kill();
      await rm(join(folder.path, "first-machine"), { recursive: true, maxRetries: 5 });
    },
    () => "Chromium is killed, its profile deleted, as on a host that wipes its disk",
  );
  await step(
    "check",
    async () => await lookAt(join(folder.path, "empty-profile"), visit),
    (status) => `Chromium with an empty profile: ${status}`,
  );
  await step(
    "restore",
    async () => await restore(STORE, saved.snapshot, { folder: before, to: after }, visit),
    ({ files, bytes }) => `${files} files, ${formatBytes(bytes)}, every byte checked, to another path`,
  );
  const status = await step(
    "look again",
    async () => await lookAt(after, visit),
    (text) => `Chromium with the restored profile: ${text}`,
  );
  const survived = status === LOGGED_IN;
  report.end(
    survived
      ? "The login survived: cookie, localStorage and IndexedDB are all back.\n" +
          "See what is stored: npm exec -- holdfast snapshots"
      : "The login did NOT survive.",
    survived,
  );
  return survived;
}

async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "holdfast-demo-"));
  return {
    path,
    [Symbol.asyncDispose]: async () => await rm(path, { recursive: true, force: true, maxRetries: 5 }),
  };
}
