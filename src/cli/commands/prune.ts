import { InvalidArgumentError, Option } from "commander";
import { prune } from "../../operations/prune.ts";
import { accessOf } from "../access.ts";
import type { Action, Define } from "../command.ts";

interface PruneOptions {
  readonly maxUnused?: number;
  readonly dryRun?: true;
}

/** `holdfast prune` */
export const definePrune: Define = (command, bind, { options }) => {
  command
    .addOption(new Option("--max-unused <percent>", options.maxUnused).argParser(toFraction))
    .option("--dry-run", options.dryRun);
  bind(command, run);
};

const run: Action<PruneOptions> = async (context, { maxUnused, dryRun }) => {
  const { output, texts } = context;
  const access = await accessOf(context);
  const result = await output.withProgress(texts.progress.prune, (onProgress) =>
    prune({ ...access, maxUnused, dryRun, onProgress }),
  );
  output.summary(result, texts.pruned(result));
  return null;
};

/** `5`, `5%` or `unlimited`. */
function toFraction(text: string): number {
  if (text === "unlimited") return Infinity;
  const percent = /^(\d{1,4}(?:\.\d{1,3})?)%?$/.exec(text)?.[1];
  if (percent === undefined)
    throw new InvalidArgumentError("It must be a percentage such as 5%, or unlimited.");
  return Number(percent) / 100;
}
