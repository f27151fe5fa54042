import { HoldfastError, isHoldfastError } from "../base/errors.ts";
import type { CallOptions, NewFile, Store, StoredFile, WriteOptions } from "./store.ts";
import { backOffMs, waitFor } from "./wait.ts";

/** When to try again, and when to give up; every limit holds for each call by itself. */
export interface RetryOptions {
  /** Most attempts of one call, the first one included. */
  readonly maxAttempts?: number;
  /** Longest wait before the second attempt; it doubles from there. */
  readonly firstDelayMs?: number;
  readonly maxDelayMs?: number;
  /** A call does not wait when that would take it past this time since it first failed. */
  readonly maxTotalMs?: number;
  /** 0 <= x < 1. */
  readonly random?: () => number;
  /** A clock that only goes forward, in milliseconds. */
  readonly now?: () => number;
  /** Waits; rejects when the signal is aborted. */
  readonly sleep?: (delayMs: number, signal: AbortSignal | undefined) => Promise<void>;
}

type Settings = Required<Omit<RetryOptions, "sleep">> & Pick<RetryOptions, "sleep">;

const DEFAULTS: Settings = {
  maxAttempts: 8,
  firstDelayMs: 500,
  maxDelayMs: 30_000,
  maxTotalMs: 120_000,
  random: Math.random,
  now: () => performance.now(),
};

/**
 * A store that tries again what failed and may pass: errors whose code says so, and no others.
 *
 * Waits grow exponentially with full jitter: a random part of 0.5 s, 1 s, 2 s … 30 s, so that many
 * clients that failed together do not come back together. The answer to a create-only write may be
 * lost after the files were stored; when a later attempt finds them, they are compared, and the
 * same bytes count as written.
 */
export function withRetry(inner: Store, options: RetryOptions = {}): Store {
  const settings: Settings = { ...DEFAULTS, ...options };

  return {
    url: inner.url,
    traits: inner.traits,
    history: inner.history,
    readSoon: () => inner.readSoon?.(),
    nextWriteAt: async (callOptions) => (await inner.nextWriteAt?.(callOptions)) ?? null,

    async *list(prefix, callOptions) {
      const attempts = startAttempts(settings, callOptions);
      const seen = new Set<string>();
      for (;;) {
        try {
          yield* unseen(inner.list(prefix, callOptions), seen);
          return;
        } catch (error) {
          await attempts.waitAfter(error);
        }
      }
    },

    read: (name, range, callOptions) =>
      retrying(settings, callOptions, () => inner.read(name, range, callOptions)),

    write: (files, writeOptions) =>
      writeOptions?.createOnly === true
        ? createOnce(inner, settings, files, writeOptions)
        : retrying(settings, writeOptions, () => inner.write(files, writeOptions)),

    remove: (names, callOptions) => retrying(settings, callOptions, () => inner.remove(names, callOptions)),

    close: () => inner.close(),
  };
}

async function retrying<T>(
  settings: Settings,
  options: CallOptions | undefined,
  call: () => Promise<T>,
): Promise<T> {
  const attempts = startAttempts(settings, options);
  for (;;) {
    try {
      return await call();
    } catch (error) {
      await attempts.waitAfter(error);
    }
  }
}

/** A listing that starts anew gives again what came before it broke. */
async function* unseen(files: AsyncIterable<StoredFile>, seen: Set<string>): AsyncGenerator<StoredFile> {
  for await (const file of files) {
    if (seen.has(file.name)) continue;
    seen.add(file.name);
    yield file;
  }
}

async function createOnce(
  inner: Store,
  settings: Settings,
  files: readonly NewFile[],
  options: WriteOptions,
): Promise<void> {
  let missing = files;
  let isFirst = true;
  await retrying(settings, options, async () => {
    const mayBeOurs = !isFirst;
    isFirst = false;
    while (missing.length > 0) {
      try {
        await inner.write(missing, options);
        return;
      } catch (error) {
        if (!mayBeOurs || !isHoldfastError(error, "ALREADY_EXISTS")) throw error;
        const rest = await withoutStored(inner, missing, options);
        if (rest.length === missing.length) throw error;
        missing = rest;
      }
    }
  });
}

/** What is left to write: an attempt has stored the files from the first one on, or none. */
async function withoutStored(
  inner: Store,
  files: readonly NewFile[],
  options: CallOptions,
): Promise<readonly NewFile[]> {
  for (const [index, file] of files.entries()) {
    if (!(await isStored(inner, file, options))) return files.slice(index);
  }
  return [];
}

async function isStored(inner: Store, file: NewFile, options: CallOptions): Promise<boolean> {
  try {
    const stored = await inner.read(file.name, undefined, { signal: options.signal });
    return Buffer.compare(stored, file.bytes) === 0;
  } catch (error) {
    if (isHoldfastError(error, "NOT_FOUND")) return false;
    throw error;
  }
}

interface Attempts {
  /** Returns when it is time to try again; throws when it never will be. */
  waitAfter(error: unknown): Promise<void>;
}

function startAttempts(settings: Settings, options: CallOptions | undefined): Attempts {
  let failures = 0;
  let firstFailureMs = 0;
  return {
    async waitAfter(error) {
      if (!isHoldfastError(error) || !error.retry) throw error;
      failures += 1;
      if (failures === 1) firstFailureMs = settings.now();
      const delayMs = backOffMs(failures, settings);
      const totalMs = settings.now() - firstFailureMs;
      if (failures >= settings.maxAttempts || totalMs + delayMs > settings.maxTotalMs)
        throw gaveUp(error, failures, totalMs);
      await waitFor(delayMs, options, settings.sleep);
    },
  };
}

function gaveUp(error: HoldfastError, attempts: number, totalMs: number): HoldfastError {
  if (attempts === 1) return error;
  return new HoldfastError({
    code: error.code,
    message: `${error.message} (tried ${attempts} times in ${(totalMs / 1000).toFixed(1)} s)`,
    ...(error.hint === null ? {} : { hint: error.hint }),
    cause: error,
  });
}
