import { HoldfastError, isHoldfastError } from "../base/errors.ts";
import { checkCancelled } from "../stores/cancelled.ts";
import type { CallOptions, Store } from "../stores/store.ts";
import { createLease, type Lease } from "./held-lease.ts";
import { type LeaseClock, leaseTimes, type LeaseTimes, SYSTEM_CLOCK } from "./lease-clock.ts";
import { claimFile, markFile, readClaim, readSign } from "./lease-files.ts";
import { claimName, type LeaseView, lookAtLeases, markName } from "./lease-names.ts";
import { isGone, type LeaseOwner, thisOwner } from "./lease-owner.ts";

export type { Lease, LeaseState } from "./held-lease.ts";

/** How to take a lease; times in milliseconds. */
export interface TakeLeaseOptions extends CallOptions, Partial<LeaseTimes> {
  /** Who holds the lease, and has answered, may take so long to save. */
  readonly handoverMs: number;
  /** This process when left out. */
  readonly owner?: LeaseOwner | undefined;
  /** That of this machine when left out. */
  readonly clock?: LeaseClock | undefined;
  /** Another instance has been asked to hand over; called once for each that is waited for. */
  readonly onWaiting?: ((holder: LeaseOwner | null) => void) | undefined;
  /**
   * Nobody else saves any more: what is saved now may be restored, while the lease is being taken. When
   * another one is faster with that, `onWaiting` follows, and later this again: then all is to be restored anew.
   */
  readonly onFree?: (() => void) | undefined;
}

/** All that is left out filled in. */
type Taking = TakeLeaseOptions & LeaseTimes & { readonly owner: LeaseOwner; readonly clock: LeaseClock };

/** Two clocks may each be wrong by a day, and a sign of life be some hours old. */
const SILENT_MS = 72 * 60 * 60_000;
/** So many others are waited for in turn, and so often another one is faster, before something is wrong. */
const MAX_HOLDERS = 4;
const MAX_RACES = 50;
/** More old files than this are removed; fewer cost less than their removal. */
const MAX_OLD = 16;
const MAX_REMOVED = 500;

/** Another instance that has been asked. */
interface Asked {
  readonly claim: string;
  readonly holder: LeaseOwner | null;
  readonly sinceMs: number;
  sign: string | null;
  signMs: number;
}

/**
 * Takes the lease of the state in a store. Whoever holds it is asked to hand it over: it saves once more, and
 * gives the lease back. A holder that has ended is not waited for: known at once when it was on this machine
 * or has been silent for three days, else when it gives no sign of life for `answerMs`.
 *
 * Of several who take it at the same instant one gets it, where the store can refuse to replace a file. In
 * others two may believe that they hold it, until both have looked again (`Lease.poll`). Clocks of different
 * machines are never compared more exactly than to three days.
 *
 * @throws {HoldfastError} `CANCELLED`, then nobody is asked any more; `CONFLICT` when others take it again and
 *   again; `STORE_UNREACHABLE`, `STORE_AUTH`, `STORE_READ_ONLY`, `STORE_PUBLIC`, `DISK_FULL`
 */
export async function takeLease(store: Store, given: TakeLeaseOptions): Promise<Lease> {
  const { owner = thisOwner(new Date()), clock = SYSTEM_CLOCK } = given;
  const options: Taking = { ...leaseTimes(store.traits), ...given, owner, clock };
  const { signal, lookMs } = options;
  let asked: Asked | null = null;
  let holders = 0;
  try {
    for (let races = 0; races < MAX_RACES;) {
      checkCancelled({ signal });
      const view = await lookAtLeases(store, { signal });
      const { top } = view;
      if (top !== null && asked?.claim !== top && !view.has(top, "released")) {
        const next: Asked | "ours" | "gone" = await meet(store, top, options);
        if (next === "ours") return createLease(store, top, options);
        if (next !== "gone" && ++holders <= MAX_HOLDERS) {
          asked = next;
          await ask(store, next, options);
        } else asked = null;
      }
      const mustWait = asked !== null && asked.claim === top && !view.has(top, "released");
      if (mustWait && asked !== null && !(await isOver(store, view, asked, options))) {
        await clock.wait(lookMs, { signal });
        continue;
      }
      races += 1;
      options.onFree?.();
      const claim = await claimNext(store, view, options);
      if (claim === null) continue;
      await removeOld(store, view, claim, { signal });
      return createLease(store, claim, options);
    }
  } catch (error) {
    if (asked !== null && isHoldfastError(error, "CANCELLED"))
      // Best effort: a holder that hands over to nobody finds the lease free, and takes it again.
      await store.remove([markName(asked.claim, `asked-${owner.id}`)]).catch(() => undefined);
    throw error;
  }
  throw new HoldfastError({
    code: "CONFLICT",
    message: `other instances take the lease in ${store.url} all the time`,
    hint: "let only one instance run with this state",
  });
}

/** Looks whose a claim is. */
async function meet(
  store: Store,
  claim: string,
  { owner: self, clock, signal }: Taking,
): Promise<Asked | "ours" | "gone"> {
  const file = await readClaim(store, claim, { signal });
  if (file === null) return "gone";
  // The answer to an attempt of ours was lost.
  if (file.owner?.id === self.id) return "ours";
  if (file.owner !== null && isGone(file.owner, self)) return "gone";
  const sign = await readSign(store, claim, { signal });
  const seen = sign?.refreshed ?? file.taken;
  if (seen !== null && clock.now().getTime() - seen.getTime() > SILENT_MS) return "gone";
  const nowMs = clock.elapsedMs();
  return { claim, holder: file.owner, sinceMs: nowMs, sign: sign?.sign ?? null, signMs: nowMs };
}

async function ask(
  store: Store,
  { claim, holder }: Asked,
  { owner, clock, signal, onWaiting }: Taking,
): Promise<void> {
  await store.write([markFile(markName(claim, `asked-${owner.id}`), clock.now())], { signal });
  onWaiting?.(holder);
}

/** Whether there is no point in waiting longer for who was asked. */
async function isOver(
  store: Store,
  view: LeaseView,
  asked: Asked,
  { owner, clock, handoverMs, answerMs, signal }: Taking,
): Promise<boolean> {
  const nowMs = clock.elapsedMs();
  if (nowMs - asked.sinceMs >= handoverMs) return true;
  if (asked.holder !== null && isGone(asked.holder, owner)) return true;
  if (view.has(asked.claim, "answered")) return false;
  if (view.has(asked.claim, "alive")) {
    const sign = (await readSign(store, asked.claim, { signal }))?.sign ?? null;
    if (sign !== asked.sign) {
      asked.sign = sign;
      asked.signMs = nowMs;
    }
  }
  return nowMs - asked.signMs >= answerMs;
}

/** @returns `null` when another one was faster */
async function claimNext(
  store: Store,
  view: LeaseView,
  { owner, clock, signal }: Taking,
): Promise<string | null> {
  const { createOnly } = store.traits;
  const name = claimName(view.next, createOnly ? null : owner.id);
  try {
    await store.write([claimFile(name, owner, clock.now())], { signal, createOnly });
  } catch (error) {
    if (!isHoldfastError(error, "ALREADY_EXISTS")) throw error;
    if ((await readClaim(store, name, { signal }))?.owner?.id !== owner.id) return null;
  }
  // The name may have been free because it is so old, and there the next holder tidies up.
  if ((await lookAtLeases(store, { signal })).top === name) return name;
  if (!createOnly) await store.remove([name], { signal });
  return null;
}

/** Files of earlier leases, when there are many; what cannot be removed now is left to the next holder. */
async function removeOld(store: Store, view: LeaseView, claim: string, options: CallOptions): Promise<void> {
  const old = view.before(claim);
  if (old.length > MAX_OLD) await store.remove(old.slice(0, MAX_REMOVED), options).catch(() => undefined);
}
