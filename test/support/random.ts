/** Random numbers that a seed repeats. Not for secrets. */
export interface Random {
  readonly seed: number;
  /** 0 <= x < 1. */
  fraction(): number;
  /** A whole number, `from` <= x < `to`. */
  between(from: number, to: number): number;
  bytes(length: number): Buffer;
}

/** The same seed gives the same numbers (mulberry32 by Tommy Ettinger, public domain). */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  return {
    seed,
    fraction: () => next() / 0x1_0000_0000,
    between: (from, to) => from + Math.floor((next() / 0x1_0000_0000) * (to - from)),
    bytes: (length) => {
      const words = new Uint32Array(Math.ceil(length / 4));
      for (let i = 0; i < words.length; i++) words[i] = next();
      return Buffer.from(words.buffer, 0, length);
    },
  };
}

/** A new seed, printed so that a failure can be repeated with `HOLDFAST_SEED`. */
export function printedSeed(what: string): number {
  const seed = Number(process.env["HOLDFAST_SEED"] ?? Math.floor(Math.random() * 2 ** 32));
  process.stdout.write(`${what}: HOLDFAST_SEED=${seed}\n`);
  return seed;
}
