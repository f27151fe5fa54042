import { createHash } from "node:crypto";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { findProgram, runProgram } from "./programs.ts";

const ROOT = join(import.meta.dirname, "..");
const HINT = "npm run tools, needs Python 3.10 or newer with venv";

/** An official client in Python that judges a stand-in. */
export interface PythonPackage {
  /** What is imported. */
  readonly module: string;
  /** The folder below `tools/` whose `requirements.txt` lists it and all that comes with it. */
  readonly folder: string;
}

/** The Python that can import a client; or why there is none. */
export interface PythonClient {
  readonly python: string | null;
  /** A sentence; null when there is nothing to say. */
  readonly reason: string | null;
}

/** The official client of the Hugging Face Hub. */
export const HUB_CLIENT: PythonPackage = { module: "huggingface_hub", folder: "hub-client" };
/** The official client of S3. */
export const S3_CLIENT: PythonPackage = { module: "boto3", folder: "s3-client" };

/** Looks for a client; installs nothing. */
export async function findPythonClient(client: PythonPackage): Promise<PythonClient> {
  const python = join(await environmentFolder(client), "bin", "python");
  const trial = runProgram(python, ["-c", `import ${client.module}`]);
  if ((await trial.catch(() => null))?.status === 0) return { python, reason: null };
  return { python: null, reason: `${client.module} is not installed (${HINT})` };
}

/**
 * Installs all clients into `.cache/`, once for each list of versions. Nothing outside of the project is
 * changed.
 *
 * @returns why something is not there afterwards, a sentence each
 */
export async function installPythonClients(): Promise<readonly string[]> {
  const reasons: string[] = [];
  for (const client of [HUB_CLIENT, S3_CLIENT]) {
    const reason = await install(client);
    if (reason !== null) reasons.push(reason);
  }
  return reasons;
}

async function install(client: PythonPackage): Promise<string | null> {
  if ((await findPythonClient(client)).python !== null) return null;
  const python = await findProgram("python3");
  if (python === null) return `${client.module} is not installed: Python is not installed`;
  const target = await environmentFolder(client);
  await rm(target, { recursive: true, force: true });
  await mkdir(dirname(target), { recursive: true });
  // Made beside and renamed, so that nobody uses half of it. Its own `python` finds its packages there too.
  const unfinished = `${target}.${process.pid}`;
  try {
    const pip = [join(unfinished, "bin", "python"), "-m", "pip", "install", "--quiet", "--no-input"];
    const steps = [
      [python, "-m", "venv", unfinished],
      [...pip, "--disable-pip-version-check", "--requirement", requirementsOf(client)],
    ];
    for (const [program = "", ...programArguments] of steps) {
      const { status, output } = await runProgram(program, programArguments);
      if (status !== 0)
        return `${client.module} is not installed: ${output.trim().split("\n").at(-1) ?? "no reason given"}`;
    }
    await rename(unfinished, target);
    return null;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

function requirementsOf({ folder }: PythonPackage): string {
  return join(ROOT, "tools", folder, "requirements.txt");
}

async function environmentFolder(client: PythonPackage): Promise<string> {
  const versions = createHash("sha256")
    .update(await readFile(requirementsOf(client)))
    .digest("hex");
  return join(ROOT, ".cache", client.folder, versions.slice(0, 12));
}
