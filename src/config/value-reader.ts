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

/** One of a few texts. */
export function oneOf<const Choice extends string>(choices: readonly Choice[]): ValueReader<Choice> {
  const find = (given: unknown): Choice | null => choices.find((choice) => choice === given) ?? null;
  return { expected: `one of ${choices.join(", ")}`, fromText: find, fromValue: find };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
