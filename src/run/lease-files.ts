import { randomBytes } from "node:crypto";
import { isHoldfastError } from "../base/errors.ts";
import type { CallOptions, NewFile, Store } from "../stores/store.ts";
import { markName } from "./lease-names.ts";
import type { LeaseOwner } from "./lease-owner.ts";

/** What a claim says. */
export interface ClaimFile {
  /** `null` when it is not one that this version can read; somebody holds it all the same. */
  readonly owner: LeaseOwner | null;
  /** By the clock of the owner's machine; `null` when it does not say. */
  readonly taken: Date | null;
}

const MAX_BYTES = 4096;

/** A claim, as a file to write. */
export function claimFile(name: string, { started, ...owner }: LeaseOwner, taken: Date): NewFile {
  const text = { version: 1, ...owner, started: started.toISOString(), taken: taken.toISOString() };
  return { name, bytes: Buffer.from(`${JSON.stringify(text)}\n`) };
}

/**
 * A sign of life of the holder of a claim, as a file to write over the one before. Where each write costs,
 * it belongs in front of the files of a save, as a `deferred` write to the same store: it costs nothing then.
 */
export function aliveFile(claim: string, now: Date): NewFile {
  // Looked at for whether it has changed; clocks may stand still or go back.
  const text = { refreshed: now.toISOString(), sign: randomBytes(8).toString("hex") };
  return { name: markName(claim, "alive"), bytes: Buffer.from(`${JSON.stringify(text)}\n`) };
}

/** A mark on a claim that says all by its name. */
export function markFile(name: string, now: Date): NewFile {
  return { name, bytes: Buffer.from(`${JSON.stringify({ time: now.toISOString() })}\n`) };
}

/**
 * Reads a claim.
 *
 * @returns `null` when it is gone
 * @throws what the store throws
 */
export async function readClaim(store: Store, name: string, options: CallOptions): Promise<ClaimFile | null> {
  const fields = await readFields(store, name, options);
  if (fields === null) return null;
  const { id, pid, place, startTicks, started } = fields;
  const begun = dateOf(started);
  const isWhole = typeof id === "string" && Number.isSafeInteger(pid) && begun !== null;
  const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null);
  return {
    owner: isWhole
      ? { id, pid: Number(pid), place: textOf(place), startTicks: textOf(startTicks), started: begun }
      : null,
    taken: dateOf(fields["taken"]),
  };
}

/** The latest sign of life of a claim's holder; `null` when it has given none. */
export async function readSign(
  store: Store,
  claim: string,
  options: CallOptions,
): Promise<{ readonly sign: string; readonly refreshed: Date | null } | null> {
  const fields = await readFields(store, markName(claim, "alive"), options);
  return fields === null ? null : { sign: String(fields["sign"]), refreshed: dateOf(fields["refreshed"]) };
}

/** The fields of a small file of JSON; none when it is something else, `null` when it is not there. */
async function readFields(
  store: Store,
  name: string,
  options: CallOptions,
): Promise<Readonly<Record<string, unknown>> | null> {
  try {
    const bytes = await store.read(name, undefined, options);
    const value: unknown = bytes.length > MAX_BYTES ? null : JSON.parse(Buffer.from(bytes).toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch (error) {
    if (isHoldfastError(error, "NOT_FOUND")) return null;
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

function dateOf(value: unknown): Date | null {
  const date = new Date(typeof value === "string" ? value : Number.NaN);
  return Number.isNaN(date.getTime()) ? null : date;
}
