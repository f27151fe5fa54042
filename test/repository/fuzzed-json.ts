import * as fc from "fast-check";

/** What is put in the place of a value: texts of JSON, so that numbers that no program holds are among them. */
const JUNK: readonly string[] = [
  "null",
  "true",
  "0",
  "-1",
  "0.5",
  "-0",
  "1e999",
  "9007199254740993",
  "18446744073709551616",
  "1".repeat(400),
  '""',
  '"text"',
  '"\\ud800"',
  '"__proto__"',
  `"${"0".repeat(64)}"`,
  `"${"a".repeat(100_000)}"`,
  "[]",
  "[[]]",
  "[null]",
  "{}",
  '{"__proto__":{"type":"dir","nodes":[]}}',
  '{"constructor":{"prototype":1},"toString":1,"length":-1}',
  "[".repeat(3_000) + "]".repeat(3_000),
  '{"a":'.repeat(3_000) + "1" + "}".repeat(3_000),
];
const PROTOTYPE_NAMES = ["__proto__", "constructor", "toString", "hasOwnProperty"];

type Path = readonly (string | number)[];

/** A place in a document, and what happens there. */
interface Change {
  readonly place: number;
  readonly kind: "replace" | "remove" | "rename" | "repeat";
  readonly junk: string;
  readonly name: string;
}

const change: fc.Arbitrary<Change> = fc.record({
  place: fc.nat(1_000),
  kind: fc.constantFrom("replace", "replace", "replace", "remove", "rename", "repeat"),
  junk: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...JUNK) }, fc.json()),
  name: fc.constantFrom(...PROTOTYPE_NAMES),
});

const edit = fc.record({
  start: fc.nat(10_000),
  count: fc.nat(3),
  insert: fc.uint8Array({ maxLength: 3 }),
});

/**
 * Documents like the valid ones, with a few values replaced, removed or renamed; documents with some
 * bytes changed; and any JSON, or none, at all.
 */
export function fuzzedJson(valid: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const changed = fc
    .tuple(valid, fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([text, changes]) => changes.reduce(applyChange, text));
  const edited = fc
    .tuple(valid, fc.array(edit, { minLength: 1, maxLength: 3 }))
    .map(([text, edits]) => edits.reduce(applyEdit, Buffer.from(text)).toString());
  return fc.oneof(
    { weight: 4, arbitrary: changed },
    { weight: 2, arbitrary: edited },
    fc.json(),
    fc.string(),
  );
}

function applyChange(text: string, { place, kind, junk, name }: Change): string {
  let root: unknown;
  try {
    root = { root: JSON.parse(text) as unknown };
  } catch {
    return text; // an earlier change has made it something else than JSON
  }
  const paths = pathsOf(root);
  const path = paths[place % paths.length] ?? [];
  const parent = path.slice(0, -1).reduce<unknown>((value, key) => (value as never)[key], root);
  const key = path.at(-1) ?? "root";
  const mark = "here the junk goes";
  if (kind === "replace" || path.length === 1) put(parent, key, mark);
  else if (Array.isArray(parent)) {
    if (kind === "remove") parent.splice(Number(key), 1);
    else parent.push(parent[Number(key)]);
  } else {
    const fields = parent as Record<string, unknown>;
    if (kind !== "remove") put(fields, name, fields[key]);
    if (kind !== "repeat") delete fields[key];
  }
  return JSON.stringify((root as { root: unknown }).root).replace(`"${mark}"`, () => junk);
}

/** Own fields only, whatever they are called. */
function put(target: unknown, key: string | number, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}

/** The paths to the first thousand values of a document. */
function pathsOf(root: unknown): readonly Path[] {
  const found: Path[] = [];
  const queue: { readonly value: unknown; readonly path: Path }[] = [{ value: root, path: [] }];
  for (const { value, path } of queue) {
    if (path.length > 0) found.push(path);
    if (found.length >= 1_000) break;
    if (typeof value !== "object" || value === null) continue;
    const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
    for (const key of keys) queue.push({ value: (value as never)[key], path: [...path, key] });
  }
  return found;
}

function applyEdit(
  bytes: Buffer,
  { start, count, insert }: { start: number; count: number; insert: Uint8Array },
): Buffer {
  const position = start % (bytes.byteLength + 1);
  return Buffer.concat([bytes.subarray(0, position), insert, bytes.subarray(position + count)]);
}
