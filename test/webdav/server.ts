import { setTimeout } from "node:timers/promises";
import { createServer } from "node:net";
import type { RunningProcess } from "../support/run.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";

/** A real WebDAV server on this machine, which ends with everything in it at the end of an `await using`. */
export interface WebdavServer extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
  /** Where its files are, for whoever looks past it. */
  readonly folder: string;
  readonly user: string;
  readonly password: string;
}

/** Of every server of the tests. */
export const USER = "alice";
export const PASSWORD = "correct: horse";

/** Longer than all tests of a file take together. */
export const LIFE_LIMIT_MS: number = 60 * 60_000;
const START_LIMIT_MS = 20_000;
const BETWEEN_LOOKS_MS = 25;
const ATTEMPTS = 5;

/** A server about to be started. */
export interface Setting {
  readonly temporary: TemporaryFolder;
  readonly port: number;
}

/**
 * Starts a server on a free port, and waits until it answers. A port that another program takes in the
 * meantime is a reason to try again.
 */
export async function startServer(
  name: string,
  start: (setting: Setting) => Promise<RunningProcess>,
): Promise<WebdavServer> {
  for (let attempt = 1; ; attempt += 1) {
    const temporary = await temporaryFolder();
    const port = await freePort();
    const running = await start({ temporary, port });
    const url = `http://127.0.0.1:${port}`;
    const stop = async (): Promise<void> => {
      running.kill("SIGTERM");
      await running.ended.catch(() => undefined);
      await temporary[Symbol.asyncDispose]();
    };
    const problem = await answers(url, running);
    if (problem === null)
      return {
        name,
        url,
        folder: temporary.at("data"),
        user: USER,
        password: PASSWORD,
        [Symbol.asyncDispose]: stop,
      };
    await stop();
    if (attempt === ATTEMPTS) throw new Error(`${name} does not start: ${problem}`);
  }
}

/** @returns why it does not answer, or null */
async function answers(url: string, { ended }: RunningProcess): Promise<string | null> {
  let outcome: string | null = null;
  ended.then(
    ({ status, stderr }) => (outcome = `it ended with ${String(status)}: ${stderr}`),
    (error: unknown) => (outcome = String(error)),
  );
  for (const end = Date.now() + START_LIMIT_MS; Date.now() < end; await setTimeout(BETWEEN_LOOKS_MS)) {
    if (outcome !== null) return outcome;
    const answer = await fetch(url).catch(() => null);
    if (answer !== null) return null;
  }
  return "it does not answer";
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
