import { InvalidArgumentError, Option } from "commander";
import { forget, type GroupBy } from "../../operations/forget.ts";
import { accessOf } from "../access.ts";
import type { Action, Define } from "../command.ts";
import { counted, repeatable } from "../options.ts";

interface ForgetOptions {
  readonly keepLast?: number;
  readonly keepHourly?: number;
  readonly keepDaily?: number;
  readonly keepWeekly?: number;
  readonly keepMonthly?: number;
  readonly keepYearly?: number;
  readonly keepWithin?: number;
  readonly keepTag?: readonly string[];
  readonly groupBy?: readonly GroupBy[];
  readonly dryRun?: true;
  readonly prune?: true;
}

/** `holdfast forget` */
export const defineForget: Define = (command, bind, { options, values }) => {
  command
    .argument("[ids...]", values.ids)
    .addOption(counted("--keep-last <n>", options.keepLast))
    .addOption(counted("--keep-hourly <n>", options.keepHourly))
    .addOption(counted("--keep-daily <n>", options.keepDaily))
    .addOption(counted("--keep-weekly <n>", options.keepWeekly))
    .addOption(counted("--keep-monthly <n>", options.keepMonthly))
    .addOption(counted("--keep-yearly <n>", options.keepYearly))
    .addOption(new Option("--keep-within <duration>", options.keepWithin).argParser(toMilliseconds))
    .addOption(repeatable("--keep-tag <tag>", options.keepTag))
    .addOption(new Option("--group-by <list>", options.groupBy).argParser(toGroups))
    .option("--dry-run", options.dryRun)
    .option("--prune", options.prune);
  bind(command, run);
};

const run: Action<ForgetOptions> = async (context, options, snapshots) => {
  const { output, texts } = context;
  const access = await accessOf(context);
  const { groupBy, dryRun, prune } = options;
  const keep = {
    last: options.keepLast ?? 0,
    hourly: options.keepHourly ?? 0,
    daily: options.keepDaily ?? 0,
    weekly: options.keepWeekly ?? 0,
    monthly: options.keepMonthly ?? 0,
    yearly: options.keepYearly ?? 0,
    withinMs: options.keepWithin ?? 0,
    tags: options.keepTag ?? [],
  };
  const result = await output.withProgress(texts.progress.prune, (onProgress) =>
    forget({ ...access, snapshots, keep, groupBy, dryRun, prune, onProgress }),
  );
  output.summary(result, texts.forgotten(result));
  return null;
};

const HOUR_MS = 3_600_000;
/** Months and years count as 30 and 365 days. */
const UNIT_HOURS: Readonly<Record<string, number>> = { h: 1, d: 24, w: 7 * 24, m: 30 * 24, y: 365 * 24 };

function toMilliseconds(text: string): number {
  if (!/^(?:\d{1,6}[hdwmy])+$/.test(text)) {
    throw new InvalidArgumentError("It must be a duration such as 36h, 14d or 1y6m.");
  }
  const parts = text.matchAll(/(\d+)([hdwmy])/g);
  return [...parts].reduce(
    (sum, [, count, unit = ""]) => sum + Number(count) * (UNIT_HOURS[unit] ?? 0) * HOUR_MS,
    0,
  );
}

const GROUPS: readonly GroupBy[] = ["host", "paths", "tags"];

function toGroups(text: string): readonly GroupBy[] {
  return text
    .split(",")
    .filter((name) => name !== "")
    .map((name) => {
      const group = GROUPS.find((known) => known === name);
      if (group !== undefined) return group;
      throw new InvalidArgumentError("It must be a list of host, paths and tags, or ''.");
    });
}
