import { aborted } from "./delay.ts";
import type { Supervisor } from "./supervisor.ts";

/** A lease that is not released costs the next instance some seconds; it is not worth more, in milliseconds. */
const RELEASE_MS = 3_000;

/** Gives the lease back, also one that is still being taken; unless it was handed over already. */
export async function releaseLease({ lease, claim, saver }: Supervisor): Promise<void> {
  const limit = AbortSignal.timeout(RELEASE_MS);
  const held = lease ?? (await Promise.race([claim?.lease ?? null, aborted(limit).then(() => null)]));
  if (held === null || saver.handedOver) return;
  await held.release(limit).catch(() => undefined); // it is found to be old
}
