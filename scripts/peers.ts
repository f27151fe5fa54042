import { mkdir, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { findProgram, runProgram } from "./programs.ts";

const ROOT = join(import.meta.dirname, "..");
const MODULE = join(ROOT, "tools", "peers");
const RESTIC = "github.com/restic/restic";

/** As restic's own releases are built, which leaves out what only one cloud storage needs. */
const BUILD_FLAGS = ["-trimpath", "-tags=disable_grpc_modules", "-ldflags=-s -w"];

/** The programs that Holdfast is compared with; null where one is not there. */
export interface Peers {
  /** The restic of the distribution, from `PATH`. */
  readonly resticDebian: string | null;
  /** The newest restic, built by {@link buildPeers}. */
  readonly resticNewest: string | null;
  /** Why something is null, a sentence each. */
  readonly reasons: readonly string[];
}

/** Looks for the peers; builds and installs nothing. */
export async function findPeers(): Promise<Peers> {
  const reasons: string[] = [];
  const resticDebian = await findProgram("restic");
  if (resticDebian === null) reasons.push("restic is not installed (npm run tools)");
  const built = await builtRestic();
  const works = (await runProgram(built, ["version"]).catch(() => null))?.status === 0;
  if (!works) reasons.push("the newest restic is not built (npm run tools, needs Go)");
  return { resticDebian, resticNewest: works ? built : null, reasons };
}

/**
 * Builds the newest restic into `.cache/peers/`, once for each version. The version and the checksums
 * of all that goes into it are in `tools/peers/`.
 *
 * @returns the reason why it is not there afterwards, or null
 */
export async function buildPeers(): Promise<string | null> {
  if ((await findPeers()).resticNewest !== null) return null;
  if ((await findProgram("go")) === null) return "the newest restic is not built: Go is not installed";
  const target = await builtRestic();
  await mkdir(dirname(target), { recursive: true });
  // Built beside and renamed, so that nobody starts half a program.
  const unfinished = `${target}.${process.pid}`;
  const build = ["build", ...BUILD_FLAGS, "-o", unfinished, `${RESTIC}/cmd/restic`];
  const { status, output } = await runProgram("go", build, { folder: MODULE });
  if (status !== 0) return `the newest restic is not built: ${lastLine(output)}`;
  await rename(unfinished, target);
  return null;
}

async function builtRestic(): Promise<string> {
  const requirements = await readFile(join(MODULE, "go.mod"), "utf8");
  const version = /^require github\.com\/restic\/restic (v[\d.]+)$/m.exec(requirements)?.[1];
  if (version === undefined) throw new Error("tools/peers/go.mod does not name a version of restic");
  return join(ROOT, ".cache", "peers", `restic-${version}`);
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
