import { isHoldfastError } from "../base/errors.ts";
import type { CallOptions, Store } from "../stores/store.ts";
import type { LeaseClock } from "./lease-clock.ts";
import { aliveFile, markFile } from "./lease-files.ts";
import { lookAtLeases, markName } from "./lease-names.ts";

/**
 * How it stands with a lease: `held`; `asked`, another instance wants it: save, then release; `released`, and
 * nobody has taken it yet; `lost`, another instance has taken it: for good.
 */
export type LeaseState = "held" | "asked" | "released" | "lost";

/**
 * The right to save the state of a store as the good one, as long as everybody keeps to it. It is a courtesy
 * that spares everybody forks, and nothing that data depends on: whoever lost it without knowing saves forks,
 * because the base of its state is not the newest snapshot any more.
 */
export interface Lease {
  /** The file that says so; a name for {@link aliveFile}. */
  readonly claim: string;
  /** Between two calls of `poll`, in milliseconds. */
  readonly pollMs: number;
  /**
   * Looks at the store: one listing of some names, a single small request on a store that is far away. A
   * store that cannot be reached changes nothing: what was so at the last look is given then.
   *
   * @throws {HoldfastError} `CANCELLED`
   */
  poll(signal?: AbortSignal): Promise<LeaseState>;
  /**
   * Says that this instance is alive. Costs nothing where a write costs, but now and then: there, let the
   * saves carry an {@link aliveFile} too. A failure only means that nobody hears of it.
   */
  refresh(signal?: AbortSignal): Promise<void>;
  /**
   * Says to who asks that the lease will be handed over, so that it waits.
   *
   * @throws what the store throws
   */
  acknowledge(signal?: AbortSignal): Promise<void>;
  /**
   * Gives the lease back, once everything is saved. Best effort: who waits will take it anyway, a little
   * later. When nobody takes it, because who asked has ended, `takeLease` gets it again at once.
   *
   * @returns whether everybody can know of it
   */
  release(signal?: AbortSignal): Promise<boolean>;
}

/** In a store where each write costs, a sign of life is sent by itself so often. */
const SHOWN_EVERY_MS = 6 * 60 * 60_000;

/** A lease that was taken. */
export function createLease(
  store: Store,
  claim: string,
  { clock, pollMs }: { readonly clock: LeaseClock; readonly pollMs: number },
): Lease {
  let state: LeaseState = "held";
  let shownMs = clock.elapsedMs();

  const look = async (options: CallOptions): Promise<LeaseState> => {
    const view = await lookAtLeases(store, options);
    // Somebody has cleared the store: nobody else holds it.
    if (view.top === null) return state;
    if (view.top !== claim) return "lost";
    if (state === "released" || view.has(claim, "released")) return "released";
    return view.isAskedFor(claim) ? "asked" : "held";
  };
  const isActive = (): boolean => state === "held" || state === "asked";

  return {
    claim,
    pollMs,

    async poll(signal) {
      if (state === "lost") return state;
      try {
        state = await look({ signal });
      } catch (error) {
        if (!isHoldfastError(error) || error.code === "CANCELLED") throw error;
      }
      return state;
    },

    async refresh(signal) {
      if (!isActive()) return;
      const deferred = clock.elapsedMs() - shownMs < SHOWN_EVERY_MS;
      try {
        await store.write([aliveFile(claim, clock.now())], { signal, deferred });
        if (!deferred) shownMs = clock.elapsedMs();
      } catch (error) {
        if (!isHoldfastError(error)) throw error;
      }
    },

    async acknowledge(signal) {
      await store.write([markFile(markName(claim, "answered"), clock.now())], { signal });
    },

    async release(signal) {
      if (!isActive()) return true;
      try {
        await store.write([markFile(markName(claim, "released"), clock.now())], { signal });
        state = "released";
        return true;
      } catch (error) {
        if (!isHoldfastError(error)) throw error;
        return false;
      }
    },
  };
}
