import { mkdir } from "node:fs/promises";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import type { RunEvent } from "../../../src/run/events.ts";
import { ENTRY } from "../../support/holdfast.ts";
import { removeTree, temporaryFolder } from "../../support/temporary-folder.ts";
import type { BrowserKind } from "../../live/browsers.ts";
import type { AppLine } from "./app-lines.ts";
import type { Place } from "./places.ts";
import { type Sandbox, startInSandbox } from "./sandbox.ts";

/** What stays the same from start to start. */
export interface Machine {
  readonly bubblewrap: string;
  readonly kind: BrowserKind;
  /** Of the browser. */
  readonly program: string;
  readonly url: string;
  readonly place: Place;
}

/** How one start differs from the others. */
export interface LifeOptions {
  readonly isFirst: boolean;
  /** What the app does with its browser on SIGTERM. */
  readonly onSignal: "closes" | "leaves";
  /** Flags of `holdfast run`. */
  readonly flags: readonly string[];
}

/** Something that was said, and when that arrived here, in milliseconds since 1970. */
export type Said<Line> = Line & { readonly arrivedMs: number };

/** One start of `holdfast run` on an empty disk, up to its end. The disk is gone at the end of an `await using`. */
export interface Life extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly lines: readonly Said<AppLine>[];
  readonly events: readonly Said<RunEvent>[];
  /** What else was said, for whoever looks for the cause of a failure. */
  report(): string;
  /** Types a line on the keyboard of the app. */
  type(line: string): void;
  /** Waits until something was found in what has been said. */
  until<Found>(find: () => Found | undefined, what: string): Promise<Found>;
}

const WAIT_MS = 120_000;
const LOOK_MS = 1_000;
const APP = `${import.meta.dirname}/app.fixture.ts`;

/** Starts `holdfast run` on a machine that has never seen the state. */
export async function startLife(machine: Machine, options: LifeOptions): Promise<Life> {
  const { bubblewrap, kind, program, url, place } = machine;
  const { isFirst, onSignal, flags } = options;
  const folder = await temporaryFolder();
  const disk = folder.at("disk");
  await mkdir(`${disk}/home`, { recursive: true });
  const app = [process.execPath, APP, kind, program, url, onSignal];
  const sandbox = await startInSandbox({
    bubblewrap,
    command: [process.execPath, ENTRY, "run", "--json", "--login-args=-login", ...flags, "--", ...app],
    environment: { PATH: process.env["PATH"], HOME: "/tmp/app/home", ...place.environment },
    disk,
    ...(place.bound === undefined ? {} : { bound: place.bound }),
    isFirst,
  });
  const lines: Said<AppLine>[] = [];
  const events: Said<RunEvent>[] = [];
  const others: string[] = [];
  let hasEnded = false;
  let wake = Promise.withResolvers<null>();
  const news = (): void => {
    wake.resolve(null);
    wake = Promise.withResolvers();
  };
  const read = (stream: NodeJS.ReadableStream | null, take: (line: object) => void): void => {
    if (stream === null) return;
    createInterface({ input: stream }).on("line", (text) => {
      const line = objectIn(text);
      if (line === null) others.push(text);
      else take({ ...line, arrivedMs: Date.now() });
      news();
    });
  };
  read(sandbox.child.stdout, (line) => lines.push(line as Said<AppLine>));
  read(sandbox.child.stderr, (line) => events.push(line as Said<RunEvent>));
  sandbox.child.stdin?.on("error", () => undefined); // it has ended, which whoever waits is told
  void sandbox.ended.finally(() => {
    hasEnded = true;
    news();
  });
  const report = (): string =>
    [
      ...events.map((event) => JSON.stringify(event)),
      ...others,
      ...lines.slice(-3).map((l) => JSON.stringify(l)),
    ].join("\n");
  return {
    sandbox,
    lines,
    events,
    report,
    type: (line) => void sandbox.child.stdin?.write(`${line}\n`),
    until: async (find, what) => {
      const limitMs = performance.now() + WAIT_MS;
      for (;;) {
        const found = find();
        if (found !== undefined) return found;
        if (hasEnded) throw new Error(`it has ended without: ${what}\n${report()}`);
        const leftMs = limitMs - performance.now();
        if (leftMs <= 0) throw new Error(`it did not come to: ${what}\n${report()}`);
        await Promise.race([wake.promise, delay(Math.min(leftMs, LOOK_MS))]);
      }
    },
    [Symbol.asyncDispose]: async () => {
      sandbox.kill();
      await sandbox.ended;
      await removeTree(folder.path);
    },
  };
}

function objectIn(text: string): object | null {
  try {
    return JSON.parse(text) as object;
  } catch {
    return null;
  }
}
