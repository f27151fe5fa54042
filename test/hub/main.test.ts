import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.ts";

const MAIN = join(import.meta.dirname, "main.ts");

test("people start it, copy what it prints, and find everything after a restart", async () => {
  await using folder = await temporaryFolder();
  const first = await visit(folder.path, { type: "dataset", name: "vault" });
  const second = await visit(folder.path, { type: "dataset", name: "vault" });
  expect([first.status, second.status]).toEqual([200, 409]);
  expect(second.token).toBe(first.token);
  expect([first.exitStatus, second.exitStatus]).toEqual([0, 0]);
});

/** Starts it, creates a repository with what it printed, and stops it. */
async function visit(
  folder: string,
  repo: unknown,
): Promise<{ status: number; token: string; exitStatus: unknown }> {
  const hub = spawn(process.execPath, [MAIN, folder, "0"], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(hub, "close");
  try {
    let text = "";
    for await (const chunk of hub.stdout as AsyncIterable<Buffer>) {
      text += chunk.toString();
      if (text.includes("Ctrl-C stops it.")) break;
    }
    const [, url = "", token = ""] = /HF_ENDPOINT=(\S+) HF_TOKEN=(\S+)/.exec(text) ?? [];
    const answer = await fetch(`${url}/api/repos/create`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify(repo),
    });
    hub.kill("SIGINT");
    const [exitStatus] = (await ended) as unknown[];
    return { status: answer.status, token, exitStatus };
  } finally {
    hub.kill("SIGKILL");
  }
}
