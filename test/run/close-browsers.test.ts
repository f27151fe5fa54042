import { copyFile, mkdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { closeBrowsers } from "../../src/run/close-browsers.ts";
import { findBrowsers } from "../../src/run/find-browsers.ts";
import { LASTING_PARTS, startLoginApp } from "../browser/login-app.ts";
import { installedBrowsers, startBrowser } from "../browser/running-browser.ts";
import { evaluateAt } from "../browser/visit.ts";
import { startScript, stateOf, until } from "../capture/live/running-child.ts";
import { LONG } from "../support/long.ts";
import { temporaryFolder, type TemporaryFolder } from "../support/temporary-folder.ts";
import { startAppWithBrowser } from "./app-with-browser.ts";

const onLinux = test.skipIf(process.platform !== "linux");
const ROUNDS = LONG ? 5 : 1;
const LIMIT = { timeout: LONG ? 1_800_000 : 180_000 };
const PATIENT = { withinMs: 30_000, signal: new AbortController().signal };
const TITLE = `new Promise((resolve) => {
  const look = () => document.title === "wait" ? setTimeout(look, 20) : resolve(document.title);
  look();
})`;
/**
 * The page goes on writing for a second. So old is the login then: Chromium has not written it, Firefox its
 * cookie only.
 */
const WRITE = `${TITLE}.then(async () => {
  for (let count = 1; count <= 10; count++) {
    localStorage.setItem("count", count);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
})`;
const READ = `${TITLE}.then((title) => title + " count=" + localStorage.getItem("count"))`;

for (const kind of onLinuxOnly() ? await installedBrowsers() : []) {
  test(
    `a login in ${kind} that is a second old is there after the close, ${ROUNDS} times`,
    LIMIT,
    async () => {
      await using site = await startLoginApp();
      for (let round = 0; round < ROUNDS; round += 1) {
        await using folder = await temporaryFolder();
        const profile = folder.at("profile");
        {
          // The app has a group of its own, and ends without a thought of its browser.
          await using app = await startAppWithBrowser(kind, profile);
          await evaluateAt({ kind, url: app.address }, `${site.url}/login`, WRITE);
          app.kill("SIGTERM");
          await until("the app has ended", () => [null, "Z"].includes(stateOf(app.pid)));
          const of = { group: app.pid, pid: app.pid };
          const { closed, left } = await closeBrowsers(of, PATIENT);
          expect([closed.map((browser) => browser.kind), left]).toEqual([[kind], []]);
          expect(findBrowsers(of)).toEqual([]);
        }
        await using browser = await startBrowser(kind, profile);
        const parts = String(await evaluateAt({ kind, url: browser.url }, site.url, READ));
        expect(parts.split(" ")).toEqual(expect.arrayContaining([...LASTING_PARTS.split(" "), "count=10"]));
        await browser.stop();
      }
    },
  );
}

const hasFirefox = onLinuxOnly() && (await installedBrowsers()).includes("firefox");
test.skipIf(!hasFirefox || !LONG)(
  "what a page of firefox adds to a localStorage that is on the disk is there after the close",
  LIMIT,
  async () => {
    const kind = "firefox";
    await using site = await startLoginApp();
    await using folder = await temporaryFolder();
    const profile = folder.at("profile");
    // A localStorage that is new is written at once, and needs no patience.
    for (const count of [1, 2]) {
      const withinMs = count === 1 ? 5_000 : PATIENT.withinMs;
      await using app = await startAppWithBrowser(kind, profile);
      const write = `${TITLE}.then(() => localStorage.setItem("count", ${count}))`;
      await evaluateAt({ kind, url: app.address }, site.url, write);
      app.kill("SIGTERM");
      await until("the app has ended", () => [null, "Z"].includes(stateOf(app.pid)));
      const { left } = await closeBrowsers({ group: app.pid, pid: app.pid }, { ...PATIENT, withinMs });
      expect(left).toEqual([]);
    }
    await using browser = await startBrowser(kind, profile);
    const read = `localStorage.getItem("count")`;
    expect(await evaluateAt({ kind, url: browser.url }, site.url, read)).toBe("2");
    await browser.stop();
  },
);

/** A program that is taken for a browser by its name. */
async function fakeBrowser(folder: TemporaryFolder, name: string): Promise<string> {
  await mkdir(folder.at("bin"), { recursive: true });
  await copyFile("/bin/sh", folder.at("bin", name));
  return folder.at("bin", name);
}

const STUBBORN = `trap "" INT TERM; echo ready; while :; do sleep 0.05; done`;

onLinux.each(["chromium", "camoufox-bin"])("a %s that ignores it is left at the limit", async (name) => {
  await using folder = await temporaryFolder();
  const program = await fakeBrowser(folder, name);
  await using app = await startScript(`"$1" -c "$2"; :`, program, STUBBORN);
  const of = { group: app.pid, pid: app.pid };
  const { closed, left } = await closeBrowsers(of, { ...PATIENT, withinMs: 100 });
  expect([closed, left.map((browser) => browser.program)]).toEqual([[], [name]]);
  const aborted = AbortSignal.abort();
  expect(await closeBrowsers(of, { ...PATIENT, signal: aborted })).toMatchObject({ closed: [], left });
});

onLinux.each<[where: string, start: string, isOfSession: boolean]>([
  ["another group of the session", "perl -e 'exit if fork; setpgrp; exec @ARGV'", true],
  ["a session of its own", "setsid --fork", false],
])("an orphan in %s is found, by its session or by the state", async (_, start, isOfSession) => {
  await using folder = await temporaryFolder();
  const program = await fakeBrowser(folder, "chrome");
  await mkdir(folder.at("state"));
  const work = `'exec 3>>"$1/held"; echo ready; while :; do sleep 0.05; done'`;
  await using app = await startScript(
    `${start} "$1" -c ${work} sh "$2"; sleep 100`,
    program,
    folder.at("state"),
  );
  const nobody = { group: null, pid: -1 };
  expect(findBrowsers(nobody)).toEqual([]);
  const expected = isOfSession ? 1 : 0;
  // between its fork and its exec, what a shell starts still looks like the shell
  await until("it is found", () => findBrowsers({ group: app.pid, pid: app.pid }).length === expected);
  const ofState = { ...nobody, folders: [folder.at("state"), folder.at("missing")] };
  expect(findBrowsers(ofState)).toMatchObject([{ kind: "chromium", program: "chrome" }]);
  const { closed } = await closeBrowsers(ofState, PATIENT);
  expect(closed).toHaveLength(1);
});

onLinux("an app without a browser is left alone", async () => {
  await using app = await startScript(`echo ready; while :; do sleep 0.05; done`);
  expect(await closeBrowsers({ group: app.pid, pid: app.pid }, PATIENT)).toEqual({ closed: [], left: [] });
  expect(stateOf(app.pid)).not.toBe("Z");
});

function onLinuxOnly(): boolean {
  return process.platform === "linux";
}
