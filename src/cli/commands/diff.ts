import { type Change, diff, type DiffResult } from "../../operations/diff.ts";
import { accessOf } from "../access.ts";
import type { Action, Define } from "../command.ts";
import { formatBytes, formatCount, printable } from "../format.ts";
import type { Texts } from "../texts/texts.ts";

/** `holdfast diff` */
export const defineDiff: Define = (command, bind, { values }) => {
  command.argument("<from>", values.snapshot).argument("<to>", values.snapshot);
  bind(command, run);
};

const run: Action<object> = async (context, _, [from = "", to = ""]) => {
  const result = await diff({ ...(await accessOf(context)), from, to });
  context.output.data(result, formatDiff(result, context.texts));
  return null;
};

const MARKS: Readonly<Record<Change["change"], string>> = {
  added: "+",
  removed: "-",
  modified: "M",
  type: "T",
  metadata: "U",
};

function formatDiff({ changes, totals }: DiffResult, texts: Texts): string {
  if (changes.length === 0) return texts.noDifference;
  const lines = changes.map(
    ({ change, path, folder }) => `${MARKS[change]}  ${printable(path)}${folder ? "/" : ""}`,
  );
  const kinds = Object.entries(totals) as [Change["change"], DiffResult["totals"]["added"]][];
  const sums = kinds
    .filter(([, { entries }]) => entries > 0)
    .map(
      ([kind, { entries, bytes }]) =>
        `${formatCount(entries)} ${texts.changes[kind]} (${formatBytes(bytes)})`,
    );
  return [...lines, "", sums.join(", ")].join("\n");
}
