import { createHash } from "node:crypto";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { findProgram, runProgram } from "./programs.ts";

const ROOT = join(import.meta.dirname, "..");
const REQUIREMENTS = join(ROOT, "tools", "hub-client", "requirements.txt");
const HINT = "npm run tools, needs Python 3.10 or newer with venv";

/** The Python that can import `huggingface_hub`; or why there is none. */
export interface HubClient {
  readonly python: string | null;
  /** A sentence; null when there is nothing to say. */
  readonly reason: string | null;
}

/** Looks for the official client of the Hub; installs nothing. */
export async function findHubClient(): Promise<HubClient> {
  const python = join(await environmentFolder(), "bin", "python");
  const works = (await runProgram(python, ["-c", "import huggingface_hub"]).catch(() => null))?.status === 0;
  if (works) return { python, reason: null };
  return { python: null, reason: `huggingface_hub is not installed (${HINT})` };
}

/**
 * Installs the official client of the Hub into `.cache/hub-client/`, once for each list of versions
 * (`tools/hub-client/`). Nothing outside of the project is changed.
 *
 * @returns the reason why it is not there afterwards, or null
 */
export async function installHubClient(): Promise<string | null> {
  if ((await findHubClient()).python !== null) return null;
  const python = await findProgram("python3");
  if (python === null) return "huggingface_hub is not installed: Python is not installed";
  const target = await environmentFolder();
  await rm(target, { recursive: true, force: true });
  await mkdir(dirname(target), { recursive: true });
  // Made beside and renamed, so that nobody uses half of it. Its own `python` finds its packages there too.
  const unfinished = `${target}.${process.pid}`;
  try {
    const pip = [join(unfinished, "bin", "python"), "-m", "pip", "install", "--quiet", "--no-input"];
    const steps = [
      [python, "-m", "venv", unfinished],
      [...pip, "--disable-pip-version-check", "--requirement", REQUIREMENTS],
    ];
    for (const [program = "", ...programArguments] of steps) {
      const { status, output } = await runProgram(program, programArguments);
      if (status !== 0)
        return `huggingface_hub is not installed: ${output.trim().split("\n").at(-1) ?? "no reason given"}`;
    }
    await rename(unfinished, target);
    return null;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function environmentFolder(): Promise<string> {
  const versions = createHash("sha256")
    .update(await readFile(REQUIREMENTS))
    .digest("hex");
  return join(ROOT, ".cache", "hub-client", versions.slice(0, 12));
}
