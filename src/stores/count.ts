import type { Store } from "./store.ts";

/** What a store was asked to do. */
export interface RequestCounts {
  /** Calls, those that failed included. */
  readonly requests: number;
  /**
   * The longest chain of calls of which each began after the one before it had answered: how often
   * the time of a round trip passes, however many calls run side by side.
   */
  readonly rounds: number;
}

/** Counts for {@link withCount}; one may count several stores. */
export interface RequestCounter extends RequestCounts {
  /** Counts a call that begins. @returns to be called when it has answered; more than once does no harm */
  begin(): () => void;
}

/** A counter at zero. */
export function createRequestCounter(): RequestCounter {
  let requests = 0;
  let rounds = 0;
  let answeredRounds = 0;
  return {
    get requests() {
      return requests;
    },
    get rounds() {
      return rounds;
    },
    begin() {
      const round = answeredRounds + 1;
      requests += 1;
      rounds = Math.max(rounds, round);
      return () => {
        answeredRounds = Math.max(answeredRounds, round);
      };
    },
  };
}

/** A store whose calls are counted. A listing is one call, which has answered when it gives its first file. */
export function withCount(inner: Store, counter: RequestCounter): Store {
  const counted = async <T>(call: () => Promise<T>): Promise<T> => {
    const answered = counter.begin();
    try {
      return await call();
    } finally {
      answered();
    }
  };

  return {
    url: inner.url,
    traits: inner.traits,
    history: inner.history,
    readSoon: () => inner.readSoon?.(),
    nextWriteAt: async (callOptions) => (await inner.nextWriteAt?.(callOptions)) ?? null,

    async *list(prefix, options) {
      const answered = counter.begin();
      try {
        for await (const file of inner.list(prefix, options)) {
          answered();
          yield file;
        }
      } finally {
        answered();
      }
    },

    read: (name, range, options) => counted(() => inner.read(name, range, options)),
    write: (files, options) => counted(() => inner.write(files, options)),
    remove: (names, options) => counted(() => inner.remove(names, options)),
    close: () => inner.close(),
  };
}
