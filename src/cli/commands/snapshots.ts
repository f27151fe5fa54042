import { HoldfastError } from "../../base/errors.ts";
import { type SnapshotInfo, snapshots } from "../../operations/snapshots.ts";
import { usage } from "../../operations/usage.ts";
import { accessOf } from "../access.ts";
import type { Action, Define } from "../command.ts";
import { formatBytes, formatCount, formatTable, formatTime, printable } from "../format.ts";

interface SnapshotsOptions {
  readonly usage?: true;
}

/** `holdfast snapshots` */
export const defineSnapshots: Define = (command, bind, { options }) => {
  command.option("--usage", options.usage);
  bind(command, run);
};

const run: Action<SnapshotsOptions> = async (context, options) => {
  const { output, texts } = context;
  const access = await accessOf(context);
  const { snapshots: list, damaged } = await snapshots(access);
  const text = list.length === 0 ? texts.nothingSaved : table(list, texts.snapshotColumns);
  if (options.usage === true) {
    const stored = await usage(access);
    output.data({ snapshots: list, usage: stored }, `${text}\n${texts.usageOf(stored)}`);
  } else output.data(list, text);
  if (damaged.length === 0) return null;
  return new HoldfastError({
    code: "DATA_DAMAGED",
    message: `${damaged.length} snapshot files cannot be read: ${damaged.map((id) => id.slice(0, 8)).join(", ")}`,
    hint: "find out what is whole with: holdfast check",
  });
};

function table(list: readonly SnapshotInfo[], columns: readonly string[]): string {
  const rows = list.map(({ id, time, host, paths, tags, fork, files, bytes, added }) => [
    id.slice(0, 8),
    formatTime(new Date(time)),
    printable(host),
    printable(paths.join(", ")),
    printable((fork && !tags.includes("fork") ? [...tags, "fork"] : tags).join(", ")),
    files === null ? "-" : formatCount(files),
    bytes === null ? "-" : formatBytes(bytes),
    added === null ? "-" : formatBytes(added),
  ]);
  return formatTable([columns, ...rows], ["left", "left", "left", "left", "left", "right", "right", "right"]);
}
