/*
 * An app as Holdfast is for: it drives a browser on a profile in its state folder. With `-login` it waits
 * for a person to log in; without, it works: it counts, in a file of its state and in the browser. What it
 * does it says on standard output, as lines of JSON; what a person would do it is told on standard input.
 *
 * Arguments: the browser, its program, the address of the site, `closes` or `leaves` (what it does with its
 * browser on SIGTERM), and `-login`.
 */
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { type BrowserKind, openBrowser } from "../../live/browsers.ts";
import { ENTRY } from "../../support/holdfast.ts";
import type { AppLine, Shown, Tick } from "./app-lines.ts";

/** Holdfast's default. */
const STATE = resolve("data");
const COUNTER = join(STATE, "counter.json");
const TICK_MS = 200;

const [kind = "", program = "", url = "", onSignal = "", loginWord] = process.argv.slice(2);
const isLogin = loginWord === "-login";

mkdirSync(STATE, { recursive: true });
const browser = await openBrowser(kind as BrowserKind, program, join(STATE, "profile"), resolve("home"), {
  endsOnSignal: false,
});
const { page } = browser;
const ending = new AbortController();
if (onSignal === "closes") {
  process.once("SIGTERM", () => {
    ending.abort();
    // closed as its driver does, it writes everything
    void browser.close().then(() => process.exit(0));
  });
}
await page.goto(url);
const shown = await look();
say({ app: "shown", mode: isLogin ? "login" : "normal", ...shown });
if (isLogin) await obey();
else await work(Math.max(shown.file?.number ?? 0, shown.storage?.number ?? 0));

/** A person at the keyboard. */
async function obey(): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === "log in") {
      await page.evaluate(
        `status.textContent = ""; document.querySelector("[name=name]").value = "ada"; login.requestSubmit()`,
      );
      say({ app: "shown", mode: "login", ...(await look()) });
    }
    // from inside, where the supervisor can be reached
    if (line === "done") execFile(process.execPath, [ENTRY, "done"], () => undefined);
  }
}

async function work(last: number): Promise<void> {
  for (let number = last + 1; !ending.signal.aborted; number++) {
    const tick: Tick = { number, atMs: Date.now() };
    const text = JSON.stringify(tick);
    try {
      await page.evaluate(`localStorage.setItem("tick", ${JSON.stringify(text)})`);
    } catch (error) {
      if (ending.signal.aborted) return;
      throw error;
    }
    writeFileSync(`${COUNTER}.new`, text);
    renameSync(`${COUNTER}.new`, COUNTER);
    say({ app: "tick", ...tick });
    await delay(TICK_MS);
  }
}

/** What the page says once it knows, and what is left of the work. */
async function look(): Promise<Shown> {
  const status = await page.evaluate(
    `new Promise((done) => {
      const ask = () => {
        const text = document.getElementById("status").textContent;
        if (text === "") setTimeout(ask, 20);
        else done(text);
      };
      ask();
    })`,
  );
  const storage = (await page.evaluate(`localStorage.getItem("tick")`)) as string | null;
  return {
    status: String(status),
    file: tickIn(readCounter()),
    storage: tickIn(storage),
  };
}

function readCounter(): string | null {
  try {
    return readFileSync(COUNTER, "utf8");
  } catch {
    return null;
  }
}

function tickIn(text: string | null): Tick | null {
  return text === null ? null : (JSON.parse(text) as Tick);
}

function say(line: AppLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
