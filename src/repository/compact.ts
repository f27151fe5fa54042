import { isHoldfastError } from "../base/errors.ts";
import type { CallOptions } from "../stores/store.ts";
import type { RepositoryLock } from "./held-lock.ts";
import { LEASES } from "./layout.ts";
import { acquireLock } from "./lock.ts";
import type { Repository } from "./repository.ts";

/**
 * Has the store give up what it keeps of removed files, when so much has come together that it is time.
 * What keeps it from that, such as another writer, is no failure: the next one tries again.
 *
 * @throws {HoldfastError} `DATA_DAMAGED` when a file was lost by it
 */
export async function compactWhenDue(repository: Repository, options: CallOptions = {}): Promise<void> {
  const { history } = repository.store;
  const call = { signal: options.signal };
  await unlessDamaged(async () => {
    if (history === undefined || !(await history.isDue(call))) return;
    await using lock = await acquireLock(repository, { exclusive: true, ...call });
    lock.assertHeld();
    await history.compact({ ...call, unsettled: LEASES });
  });
}

/** As {@link compactWhenDue}, due or not, under an exclusive lock that the caller holds. */
export async function compactLocked(
  { store }: Repository,
  lock: RepositoryLock,
  { signal }: CallOptions = {},
): Promise<void> {
  await unlessDamaged(async () => {
    lock.assertHeld();
    await store.history?.compact({ signal, unsettled: LEASES });
  });
}

async function unlessDamaged(compact: () => Promise<void>): Promise<void> {
  try {
    await compact();
  } catch (error) {
    if (!isHoldfastError(error) || error.code === "DATA_DAMAGED") throw error;
  }
}
