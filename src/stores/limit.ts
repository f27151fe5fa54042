import { cancelled, checkCancelled } from "./cancelled.ts";
import type { CallOptions, Store } from "./store.ts";

/**
 * A store that has at most `maxParallel` calls under way; the others wait their turn, first come,
 * first served. A listing takes a turn for each step, so that its reader may call the store in between.
 */
export function withLimit(inner: Store, maxParallel: number): Store {
  const turns = createTurns(maxParallel);

  return {
    url: inner.url,
    traits: inner.traits,
    history: inner.history,
    readSoon: () => inner.readSoon?.(),
    nextWriteAt: async (callOptions) => (await inner.nextWriteAt?.(callOptions)) ?? null,

    async *list(prefix, options) {
      const files = inner.list(prefix, options)[Symbol.asyncIterator]();
      try {
        for (;;) {
          const step = await turns.take(options, () => files.next());
          if (step.done === true) return;
          yield step.value;
        }
      } finally {
        await files.return?.();
      }
    },

    read: (name, range, options) => turns.take(options, () => inner.read(name, range, options)),
    write: (files, options) => turns.take(options, () => inner.write(files, options)),
    remove: (names, options) => turns.take(options, () => inner.remove(names, options)),
    close: () => inner.close(),
  };
}

/** Lets a number of calls be under way, first come, first served. */
export interface Turns {
  /** Runs the work when it is its turn. @throws {HoldfastError} `CANCELLED` */
  take<T>(options: CallOptions | undefined, work: () => Promise<T>): Promise<T>;
}

/** Turns for at most `maxParallel` calls at the same time. */
export function createTurns(maxParallel: number): Turns {
  /** In order of arrival; a set, so that who gives up leaves in constant time. */
  const waiting = new Set<() => void>();
  let free = maxParallel;

  /** A turn that ends goes to whoever has waited longest, and is free only when nobody waits. */
  const pass = (): void => {
    const [first] = waiting;
    if (first === undefined) free += 1;
    else {
      waiting.delete(first);
      first();
    }
  };

  const queue = (signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve, reject) => {
      const onTurn = (): void => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      };
      const onAbort = (): void => {
        waiting.delete(onTurn);
        reject(cancelled());
      };
      waiting.add(onTurn);
      signal?.addEventListener("abort", onAbort, { once: true });
    });

  return {
    async take(options, work) {
      checkCancelled(options);
      if (free > 0) free -= 1;
      else await queue(options?.signal);
      try {
        return await work();
      } finally {
        pass();
      }
    },
  };
}
