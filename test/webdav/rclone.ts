import { mkdir } from "node:fs/promises";
import { findRclone as findBuilt } from "../../scripts/peers.ts";
import { findProgram } from "../../scripts/programs.ts";
import { start } from "../support/run.ts";
import { LIFE_LIMIT_MS, PASSWORD, startServer, USER, type WebdavServer } from "./server.ts";

/** The rclone that was built, else the one of the system; `null`, with a printed reason, when there is none. */
export async function findRclone(): Promise<string | null> {
  const { binary, reason } = await findBuilt();
  const program = binary ?? (await findProgram("rclone"));
  if (program === null) process.stdout.write(`skipped: ${reason ?? "rclone is not there"}\n`);
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
