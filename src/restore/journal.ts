import { closeSync, fsyncSync, openSync, readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { joinPath } from "../base/byte-path.ts";
import { type ByteString, toPath, toText } from "../base/byte-string.ts";
import { HoldfastError } from "../base/errors.ts";
import type { Metadata, Times } from "./metadata.ts";

/** An entry that moves into the target or out of it. */
export interface Move {
  readonly name: ByteString;
  /** Of a folder that its owner may not write to, and that is opened for the move; else `null`. */
  readonly mode: number | null;
}

/** Everything that a swap inside a folder does, written down before the first step. */
export interface Journal {
  readonly incoming: readonly Move[];
  readonly outgoing: readonly Move[];
  /** What is set on the folder itself at the end. */
  readonly folder: Metadata;
  /** The times that it had, for the case that all is undone. */
  readonly before: Times;
}

/** How far the work has come: the name that the journal has. */
export type JournalState = "commit" | "undo" | "done";

const STATES: readonly JournalState[] = ["done", "undo", "commit"];
const VERSION = 1;

/** Writes a journal, durably; from now on the work is carried on after any interruption. */
export function writeJournal(work: ByteString, journal: Journal): void {
  const temporary = joinPath(work, "journal.tmp" as ByteString);
  const fd = openSync(toPath(temporary), "wx", 0o600);
  try {
    writeFileSync(fd, encode(journal));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(toPath(temporary), toPath(journalPath(work, "commit")));
  syncFolder(work);
}

/** Notes, durably, that the work is to be undone, or is done. */
export function turnJournal(work: ByteString, from: JournalState, to: JournalState): void {
  renameSync(toPath(journalPath(work, from)), toPath(journalPath(work, to)));
  syncFolder(work);
}

/** Ends the work without a trace of it. */
export function removeJournal(work: ByteString, state: JournalState): void {
  unlinkSync(toPath(journalPath(work, state)));
}

/**
 * The journal of some work, or `null` when it never came so far.
 *
 * @throws {HoldfastError} `FAILED` when there is one and it cannot be understood
 */
export function readJournal(
  work: ByteString,
): { readonly state: JournalState; readonly journal: Journal } | null {
  for (const state of STATES) {
    const path = journalPath(work, state);
    let text: string;
    try {
      text = readFileSync(toPath(path), "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") continue;
      throw error;
    }
    return { state, journal: decode(path, text) };
  }
  return null;
}

function journalPath(work: ByteString, state: JournalState): ByteString {
  return joinPath(work, `journal.${state}` as ByteString);
}

function syncFolder(folder: ByteString): void {
  const fd = openSync(toPath(folder), "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** BigInts and bytes become texts; names are texts of one character a byte already. */
function encode({ incoming, outgoing, folder, before }: Journal): string {
  const attributes = folder.attributes.map(({ name, value }) => [
    name,
    Buffer.from(value).toString("base64"),
  ]);
  const encoded = { ...folder, ...encodeTimes(folder), attributes };
  return JSON.stringify({
    version: VERSION,
    incoming,
    outgoing,
    folder: encoded,
    before: encodeTimes(before),
  });
}

function encodeTimes({ atimeNs, mtimeNs }: Times): EncodedTimes {
  return { atimeNs: `${atimeNs}`, mtimeNs: `${mtimeNs}` };
}

function decodeTimes({ atimeNs, mtimeNs }: EncodedTimes): Times {
  return { atimeNs: BigInt(atimeNs), mtimeNs: BigInt(mtimeNs) };
}

function decode(path: ByteString, text: string): Journal {
  try {
    const json = JSON.parse(text) as EncodedJournal;
    if (json.version !== VERSION) throw new Error(`its version is ${String(json.version)}`);
    const { folder, before, incoming, outgoing } = json;
    const attributes = folder.attributes.map(([name, value]) => ({
      name,
      value: Buffer.from(value, "base64"),
    }));
    const decoded = { ...folder, ...decodeTimes(folder), attributes };
    return { incoming, outgoing, folder: decoded, before: decodeTimes(before) };
  } catch (cause) {
    throw new HoldfastError({
      code: "FAILED",
      message: `the notes of an interrupted restore cannot be read: '${toText(path)}'`,
      hint: "the folders 'new' and 'old' beside them hold the restored state and the one before; keep one of them",
      cause,
    });
  }
}

/** As {@link encode} writes it; nobody else does. */
interface EncodedJournal {
  readonly version: unknown;
  readonly incoming: readonly Move[];
  readonly outgoing: readonly Move[];
  readonly folder: Omit<Metadata, keyof Times | "attributes"> &
    EncodedTimes & { readonly attributes: readonly (readonly [string, string])[] };
  readonly before: EncodedTimes;
}

type EncodedTimes = Readonly<Record<keyof Times, string>>;
