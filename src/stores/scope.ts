import { checkName, checkPrefix } from "./names.ts";
import type { CallOptions, Store, WriteCondition } from "./store.ts";

/** What part of a store is used, and until when. */
export interface Scope extends CallOptions {
  /** The beginning of all names, ending in '/'; they get shorter by so much. */
  readonly prefix: string;
}

/**
 * A part of a store as a store of its own: its names are those below a folder, and its calls end when a
 * signal does. What the store keeps beyond its files is not part of it. Closing it closes the store.
 */
export function withScope(inner: Store, { prefix, signal }: Scope): Store {
  const bounded = <Options extends CallOptions>(options: Options | undefined): Options | CallOptions => {
    const signals = [signal, options?.signal].filter((each) => each !== undefined);
    return signals.length < 2
      ? { ...options, signal: signals[0] }
      : { ...options, signal: AbortSignal.any(signals) };
  };
  const below = (name: string): string => {
    checkName(name);
    return `${prefix}${name}`;
  };

  return {
    url: `${inner.url.replace(/\/$/, "")}/${prefix}`,
    traits: inner.traits,
    readSoon: () => inner.readSoon?.(),
    nextWriteAt: async (callOptions) => (await inner.nextWriteAt?.(bounded(callOptions))) ?? null,

    async *list(listPrefix, options) {
      checkPrefix(listPrefix);
      for await (const { name, sizeBytes } of inner.list(`${prefix}${listPrefix}`, bounded(options)))
        yield { name: name.slice(prefix.length), sizeBytes };
    },

    read: async (name, range, options) => inner.read(below(name), range, bounded(options)),

    async write(files, options) {
      const named = files.map(({ name, bytes }) => ({ name: below(name), bytes }));
      const condition = options?.condition;
      await inner.write(named, {
        ...bounded(options),
        ...(condition === undefined ? {} : { condition: scoped(condition, prefix) }),
      });
    },

    remove: async (names, options) => inner.remove(names.map(below), bounded(options)),
    close: () => inner.close(),
  };
}

function scoped({ present, absent, only }: WriteCondition, prefix: string): WriteCondition {
  const below = (name: string): string => `${prefix}${name}`;
  return {
    present: present.map(below),
    absent: below(absent),
    only: only === undefined ? undefined : { prefix: below(only.prefix), names: only.names.map(below) },
  };
}
