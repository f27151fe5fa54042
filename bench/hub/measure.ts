import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { restore } from "../../src/operations/restore.ts";
import { save } from "../../src/operations/save.ts";
import { createRequestCounter } from "../../src/stores/count.ts";
import { openHubStore } from "../../src/stores/hub.ts";
import { parseHubAddress } from "../../src/stores/hub/address.ts";
import type { Store } from "../../src/stores/store.ts";
import { temporaryHub } from "../../test/hub/support.ts";
import { createRandom, type Random } from "../../test/support/random.ts";
import { markdownTable } from "../support/markdown.ts";
import { rounded } from "../support/statistics.ts";

/** What one work cost against a stand-in Hub that takes its time. */
export interface HubRow {
  readonly work: string;
  /** Requests on the wire, detours and refused ones included. */
  readonly requests: number;
  /** The longest chain of requests of which each began after the one before it had answered. */
  readonly rounds: number;
  readonly commits: number;
  readonly seconds: number;
}

/** How long each answer takes. */
export const DELAY_MS = 100;
const REPO = "alice/vault";
const password = "correct horse";

/** A profile of 30 MB against a stand-in Hub on this machine, in which every answer takes {@link DELAY_MS}. */
export async function measureHub(): Promise<HubRow[]> {
  await using place = await temporaryHub();
  const { hub, token } = place;
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-hub-"));
  const random = createRandom(30);
  writeProfile(join(folder, "data"), random);
  hub.faults.add({ fault: { kind: "slow", delayMs: DELAY_MS } });
  const measure = async (work: string, run: (store: Store) => Promise<unknown>): Promise<HubRow> => {
    const counter = createRequestCounter();
    const access = { token, endpoint: hub.url };
    const commits = (): number => hub.repo(REPO)?.commits().length ?? 0;
    const [before, startedMs] = [commits(), performance.now()];
    await run(await openHubStore(parseHubAddress(`hf://datasets/${REPO}`), { access, counter }));
    const seconds = rounded((performance.now() - startedMs) / 1000);
    const { requests, rounds } = counter;
    return { work, requests, rounds, commits: commits() - before, seconds };
  };
  const request = { password, state: [join(folder, "data")], cacheFolder: join(folder, "cache") };
  try {
    return [
      await measure("first save, dataset made", (store) => save({ store, ...request })),
      await measure("save, nothing changed", (store) => save({ store, ...request })),
      await measure("save, one small file changed", (store) => {
        writeFileSync(join(folder, "data", "files", "7"), "changed");
        return save({ store, ...request });
      }),
      await measure("restore", (store) => restore({ store, ...request, to: join(folder, "to") })),
      await measure("save, 9 MB more", (store) => {
        writeFileSync(join(folder, "data", "files", "new"), random.bytes(9_000_000));
        return save({ store, ...request });
      }),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The rows for people. */
export function hubReportOf(rows: readonly HubRow[]): string {
  const head = ["30 MB profile", "requests", "rounds", "commits", "seconds"];
  const table = markdownTable(
    head,
    rows.map(({ work, requests, rounds, commits, seconds }) => [work, requests, rounds, commits, seconds]),
  );
  return `Every answer takes ${DELAY_MS} ms; redirects count as requests of their own.\n\n${table}\n`;
}

function writeProfile(folder: string, random: Random): void {
  mkdirSync(join(folder, "files"), { recursive: true });
  for (let i = 0; i < 300; i++)
    writeFileSync(join(folder, "files", `${i}`), random.bytes(random.between(1, 120_000)));
  for (let i = 0; i < 4; i++) writeFileSync(join(folder, `large-${i}`), random.bytes(3_000_000));
}
