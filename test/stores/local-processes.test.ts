import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { namesIn } from "../../src/stores/conformance/case.ts";
import { openLocalStore } from "../../src/stores/local.ts";
import type { Store } from "../../src/stores/store.ts";
import { createRandom, printedSeed } from "../support/random.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { isWhole } from "./children/files.ts";

const RACE = new URL("./children/race.ts", import.meta.url);
const SAVE_FOR_EVER = new URL("./children/save-for-ever.ts", import.meta.url);
const WRITERS = 20;
const KILLS = 50;
const LONGEST_LIFE_MS = 60;

interface Child extends AsyncDisposable {
  readonly process: ChildProcessByStdio<Writable, Readable, Readable>;
  /** Its output up to the end; rejects when it fails by itself. */
  readonly output: Promise<string>;
}

/** Starts a program of `children/` and waits for its first line; killed at the end of an `await using`. */
async function startChild(program: URL, ...args: string[]): Promise<Child> {
  const child = spawn(process.execPath, [fileURLToPath(program), ...args], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  const chunks: { readonly out: string[]; readonly err: string[] } = { out: [], err: [] };
  child.stdout.setEncoding("utf8").on("data", (text: string) => chunks.out.push(text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => chunks.err.push(text));
  const output = once(child, "close").then(([status, signal]: unknown[]) => {
    if (status === 0 || signal === "SIGKILL") return chunks.out.join("");
    throw new Error(`${program.pathname} failed: ${chunks.err.join("")}`);
  });
  output.catch(() => undefined); // a test that ends early does not look at it
  await Promise.race([once(child.stdout, "data"), output]);
  return {
    process: child,
    output,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await output.catch(() => undefined);
    },
  };
}

/** Several of them, one after the other; all are killed at the end, whatever happened. */
async function startChildren(
  commands: readonly (readonly [URL, ...string[]])[],
): Promise<AsyncDisposable & { readonly writers: readonly Child[] }> {
  const writers: Child[] = [];
  const dispose = async (): Promise<void> => {
    for (const writer of writers) await writer[Symbol.asyncDispose]();
  };
  try {
    for (const command of commands) writers.push(await startChild(...command));
  } catch (error) {
    await dispose();
    throw error;
  }
  return { writers, [Symbol.asyncDispose]: dispose };
}

describe("20 writers, each a process", () => {
  it("leave whole files, and one winner of a name that is to be new", { timeout: 60_000 }, async () => {
    await using folder = await temporaryFolder();
    const labels = Array.from({ length: WRITERS }, (_, index) => `writer-${10 + index}`);
    await using children = await startChildren(labels.map((label) => [RACE, folder.path, label]));
    const { writers } = children;
    for (const { process: writer } of writers) writer.stdin.write("go\n");
    const outcomes = await Promise.all(writers.map(({ output }) => output));

    const winners = labels.filter((_, index) => outcomes[index] === "ready\nwon\n");
    expect(winners).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === "ready\nlost\n")).toHaveLength(WRITERS - 1);

    const store = openLocalStore(folder.path);
    expect(await namesIn(store, "")).toEqual([...labels.map((label) => `own/${label}`), "prize", "shared"]);
    for (const name of await namesIn(store, "")) expect(isWhole(await store.read(name)), name).toBe(true);
    expect(Buffer.from(await store.read("prize", { offset: 0, length: 9 })).toString()).toBe(winners[0]);
  });
});

describe(`a writer that is killed, ${KILLS} times`, () => {
  it("has never shown a half file, nor one without those before it", { timeout: 120_000 }, async () => {
    const random = createRandom(printedSeed("killed writers"));
    let batches = 0;
    let cutBatches = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      await using folder = await temporaryFolder();
      await using child = await startChild(SAVE_FOR_EVER, folder.path);
      await setTimeout(random.fraction() * LONGEST_LIFE_MS);
      child.process.kill("SIGKILL");
      await child.output;
      const found = await inspect(openLocalStore(folder.path));
      batches += found.batches;
      cutBatches += found.cutBatches;
    }
    expect(batches).toBeGreaterThan(0);
    process.stdout.write(
      `killed writers: ${batches} whole batches, ${cutBatches} cut off between two files\n`,
    );
  });
});

/** Checks what a killed writer has left. */
async function inspect(store: Store): Promise<{ readonly batches: number; readonly cutBatches: number }> {
  const names = new Set(await namesIn(store, ""));
  for (const name of names) expect(isWhole(await store.read(name)), name).toBe(true);
  const numbersIn = (prefix: string): string[] =>
    [...names].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  for (const number of numbersIn("index/")) expect(names).toContain(`data/${number}`);
  for (const number of numbersIn("snapshots/")) expect(names).toContain(`index/${number}`);
  const batches = numbersIn("snapshots/").length;
  return { batches, cutBatches: numbersIn("data/").length - batches };
}
