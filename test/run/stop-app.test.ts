import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { AppProcesses } from "../../src/run/app-processes.ts";
import { type App, startApp } from "../../src/run/app.ts";
import { stopApp } from "../../src/run/stop-app.ts";
import { temporaryFolder, type TemporaryFolder } from "../support/temporary-folder.ts";

const environment = process.env;

test("an app that stops at its signal is left alone", async () => {
  await using folder = await temporaryFolder();
  const app = await startShell(folder, `trap 'exit 7' TERM; touch ready; while :; do sleep 0.05; done`);
  const report = await stopApp(app, new AppProcesses(app.pid), { signal: "SIGTERM", withinMs: 5_000 });
  expect(await app.exited).toMatchObject({ status: 7 });
  expect(report).toEqual({ closedBrowsers: 0, killed: 0 });
});

test("what a shell leaves behind is told too", async () => {
  await using folder = await temporaryFolder();
  const child = `trap 'touch told; exit' TERM; touch ready; while :; do sleep 0.05; done`;
  const app = await startShell(folder, `sh -c "${child}"; true`);
  const processes = new AppProcesses(app.pid);
  await stopApp(app, processes, { signal: "SIGTERM", withinMs: 5_000 });
  expect(existsSync(folder.at("told"))).toBe(true);
  expect(processes.look()).toEqual([]);
});

test("what ignores the signal is ended by force, in sessions of its own too", async () => {
  await using folder = await temporaryFolder();
  const child = `trap '' TERM; touch ready; while :; do sleep 0.05; done`;
  const app = await startShell(
    folder,
    `trap '' TERM; setsid sh -c "${child}" & while :; do sleep 0.05; done`,
  );
  const processes = new AppProcesses(app.pid);
  const report = await stopApp(app, processes, { signal: "SIGTERM", withinMs: 400 });
  expect(await app.exited).toMatchObject({ status: 137 });
  expect(report.killed).toBeGreaterThan(1);
  expect(processes.look()).toEqual([]);
});

test("a program that is not there is told as such", async () => {
  await expect(startApp({ words: ["/no/such/program"], environment })).rejects.toMatchObject({
    code: "CONFIG",
    message: "could not start '/no/such/program': there is no such program",
  });
});

async function startShell(folder: TemporaryFolder, script: string): Promise<App> {
  const app = await startApp({ words: ["sh", "-c", `cd '${folder.path}'; ${script}`], environment });
  await expect.poll(() => existsSync(folder.at("ready")), { timeout: 10_000 }).toBe(true);
  return app;
}
