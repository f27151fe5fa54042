import { mkdir, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { findProgram, runProgram } from "./programs.ts";

const ROOT = join(import.meta.dirname, "..");

/** A program that is built from source; its version and the checksums of all that goes into it are in `folder`. */
interface SourceProgram {
  readonly called: string;
  readonly module: string;
  /** Of the module that requires it. */
  readonly folder: string;
  /** What is built. */
  readonly package: string;
  readonly flags: readonly string[];
  /** Arguments with which it ends well when it works. */
  readonly trial: readonly string[];
}

const FOLDER = join(ROOT, "tools", "peers");
const FLAGS = ["-trimpath", "-ldflags=-s -w"];

const RESTIC: SourceProgram = {
  called: "the newest restic",
  module: "github.com/restic/restic",
  folder: FOLDER,
  package: "github.com/restic/restic/cmd/restic",
  // As restic's own releases are built, which leaves out what only one cloud storage needs.
  flags: [...FLAGS, "-tags=disable_grpc_modules"],
  trial: ["version"],
};

const RCLONE: SourceProgram = {
  called: "rclone",
  module: "github.com/rclone/rclone",
  folder: join(FOLDER, "rclone"),
  package: ".",
  flags: FLAGS,
  trial: ["version"],
};

const MINIO: SourceProgram = {
  called: "MinIO",
  module: "github.com/minio/minio",
  folder: join(FOLDER, "minio"),
  package: "github.com/minio/minio",
  flags: FLAGS,
  trial: ["--version"],
};

/** The programs that Holdfast is compared with; null where one is not there. */
export interface Peers {
  /** The restic of the distribution, from `PATH`. */
  readonly resticDebian: string | null;
  /** The newest restic, built by {@link buildPeers}. */
  readonly resticNewest: string | null;
  /** Why something is null, a sentence each. */
  readonly reasons: readonly string[];
}

/** A server that tests start; or why there is none. */
export interface Server {
  readonly binary: string | null;
  /** A sentence; null when there is nothing to say. */
  readonly reason: string | null;
}

/** Looks for the peers; builds and installs nothing. */
export async function findPeers(): Promise<Peers> {
  const reasons: string[] = [];
  const resticDebian = await findProgram("restic");
  if (resticDebian === null) reasons.push("restic is not installed (npm run tools)");
  const newest = await find(RESTIC);
  if (newest.reason !== null) reasons.push(newest.reason);
  return { resticDebian, resticNewest: newest.binary, reasons };
}

/** Looks for rclone, which serves S3 and WebDAV; builds nothing. */
export function findRclone(): Promise<Server> {
  return find(RCLONE);
}

/** Looks for MinIO, which serves S3; builds nothing. */
export function findMinio(): Promise<Server> {
  return find(MINIO);
}

/**
 * Builds what is built from source into `.cache/peers/`, once for each version. The versions and the
 * checksums of all that goes into them are in `tools/peers/`.
 *
 * @returns why something is not there afterwards, a sentence each
 */
export async function buildPeers(): Promise<readonly string[]> {
  const reasons: string[] = [];
  for (const program of [RESTIC, RCLONE, MINIO]) {
    const reason = await build(program);
    if (reason !== null) reasons.push(reason);
  }
  return reasons;
}

async function find(program: SourceProgram): Promise<Server> {
  const binary = await pathOf(program);
  const works = (await runProgram(binary, program.trial).catch(() => null))?.status === 0;
  if (works) return { binary, reason: null };
  return { binary: null, reason: `${program.called} is not built (npm run tools, needs Go)` };
}

async function build(program: SourceProgram): Promise<string | null> {
  const { called, folder, flags } = program;
  if ((await find(program)).binary !== null) return null;
  if ((await findProgram("go")) === null) return `${called} is not built: Go is not installed`;
  const target = await pathOf(program);
  await mkdir(dirname(target), { recursive: true });
  // Built beside and renamed, so that nobody starts half a program.
  const unfinished = `${target}.${process.pid}`;
  const { status, output } = await runProgram("go", ["build", ...flags, "-o", unfinished, program.package], {
    folder,
  });
  if (status !== 0) return `${called} is not built: ${lastLine(output)}`;
  await rename(unfinished, target);
  return null;
}

async function pathOf({ module, folder }: SourceProgram): Promise<string> {
  const requirements = await readFile(join(folder, "go.mod"), "utf8");
  const version = new RegExp(`^(?:require)?\\s+${module.replaceAll(".", "\\.")} (v[\\w.-]+)`, "m").exec(
    requirements,
  )?.[1];
  if (version === undefined) throw new Error(`${folder}/go.mod does not name a version of ${module}`);
  return join(ROOT, ".cache", "peers", `${module.split("/").at(-1)}-${version}`);
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
