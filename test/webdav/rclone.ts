import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { findProgram } from "../../scripts/programs.ts";
import { start } from "../support/run.ts";
import { LIFE_LIMIT_MS, PASSWORD, startServer, USER, type WebdavServer } from "./server.ts";

const PEERS = join(import.meta.dirname, "..", "..", ".cache", "peers");

/** The newest rclone that was built, else the one of the system; `null`, with a printed reason, when there is none. */
export async function findRclone(): Promise<string | null> {
  const built = (await readdir(PEERS).catch(() => []))
    .filter((name) => /^rclone-v[\d.]+$/.test(name))
    .sort()
    .at(-1);
  const program = built === undefined ? await findProgram("rclone") : join(PEERS, built);
  if (program === null) process.stdout.write("skipped: rclone is not built (npm run tools, needs Go)\n");
  return program;
}

/** Starts rclone's WebDAV server. */
export function startRclone(program: string): Promise<WebdavServer> {
  return startServer("rclone", async ({ temporary, port }) => {
    await mkdir(temporary.at("data"));
    const options = ["--addr", `127.0.0.1:${port}`];
    return start(program, ["serve", "webdav", temporary.at("data"), ...options], {
      timeoutMs: LIFE_LIMIT_MS,
      env: {
        PATH: process.env["PATH"],
        HOME: temporary.path,
        RCLONE_CONFIG: temporary.at("rclone.conf"),
        RCLONE_USER: USER,
        RCLONE_PASS: PASSWORD,
      },
    });
  });
}
