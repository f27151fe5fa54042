import { constants } from "node:os";

/** Reads one kind of value from a variable or from the configuration file. */
export interface ValueReader<Value> {
  /** What is accepted, to end the sentence "… must be". */
  readonly expected: string;
  /** `null` when the text does not say such a value. */
  fromText(text: string): Value | null;
  /** `null` when the value is of another kind. */
  fromValue(value: unknown): Value | null;
}

/** A text that is not empty. */
export const text: ValueReader<string> = {
  expected: "a text that is not empty",
  fromText: (given) => given,
  fromValue: (given) => (isText(given) ? given : null),
};

/** Several texts; in a variable they are separated by ':', as in `PATH`. */
export const list: ValueReader<readonly string[]> = {
  expected: "a text, or a list of texts",
  fromText: (given) => given.split(":").filter(isText),
  fromValue: (given) => {
    const values: readonly unknown[] = Array.isArray(given) ? given : [given];
    return values.every(isText) ? values : null;
  },
};

/** Several texts that may hold ':'; in a variable they are separated by commas or spaces. */
export const words: ValueReader<readonly string[]> = {
  ...list,
  fromText: (given) => given.split(/[\s,]+/).filter(isText),
};

const FLAG_TEXTS: ReadonlyMap<string, boolean> = new Map([
  ["1", true],
  ["true", true],
  ["yes", true],
  ["on", true],
  ["0", false],
  ["false", false],
  ["no", false],
  ["off", false],
]);

/** Yes or no. */
export const flag: ValueReader<boolean> = {
  expected: "true or false",
  fromText: (given) => FLAG_TEXTS.get(given.toLowerCase()) ?? null,
  fromValue: (given) => (typeof given === "boolean" ? given : null),
};

/** A whole number from 1. */
export const count: ValueReader<number> = {
  expected: "a whole number from 1",
  fromText: (given) => (/^[1-9]\d{0,8}$/.test(given) ? Number(given) : null),
  fromValue: (given) => (Number.isSafeInteger(given) && Number(given) >= 1 ? Number(given) : null),
};

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
/** Longer waits do not fit into a timer of Node.js. */
const LONGEST_MS = 24 * 3_600_000;

/** A length of time, in milliseconds: `90` and `90s` are seconds, `5m` minutes, `1h` an hour, `500ms` half a second. */
export const duration: ValueReader<number> = {
  expected: "a length of time up to 24 hours, for example 90s, 5m or 1h",
  fromText: (given) => {
    const [, number, unit = "s"] = /^(\d{1,9}(?:\.\d{1,3})?) *(ms|s|m|h)?$/.exec(given.trim()) ?? [];
    const ms = Math.round(Number(number) * (UNIT_MS[unit] ?? NaN));
    return ms <= LONGEST_MS ? ms : null;
  },
  fromValue: (given) =>
    typeof given === "number" || typeof given === "string" ? duration.fromText(String(given)) : null,
};

/** The name of a signal that ends or tells a process, with or without `SIG`. */
export const signalName: ValueReader<NodeJS.Signals> = {
  expected: "the name of a signal, for example SIGTERM",
  fromText: (given) => {
    const name = `SIG${given.toUpperCase().replace(/^SIG/, "")}`;
    return name in constants.signals ? (name as NodeJS.Signals) : null;
  },
  fromValue: (given) => (isText(given) ? signalName.fromText(given) : null),
};

/** One of a few texts. */
export function oneOf<const Choice extends string>(choices: readonly Choice[]): ValueReader<Choice> {
  const find = (given: unknown): Choice | null => choices.find((choice) => choice === given) ?? null;
  return { expected: `one of ${choices.join(", ")}`, fromText: find, fromValue: find };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
