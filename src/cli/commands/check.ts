import { HoldfastError } from "../../base/errors.ts";
import { check, type CheckResult } from "../../operations/check.ts";
import { accessOf } from "../access.ts";
import type { Action, Define } from "../command.ts";

interface CheckOptions {
  readonly readData?: true;
}

/** `holdfast check` */
export const defineCheck: Define = (command, bind, { options }) => {
  command.option("--read-data", options.readData);
  bind(command, run);
};

const run: Action<CheckOptions> = async (context, { readData }) => {
  const { output, texts } = context;
  const access = await accessOf(context);
  const result = await output.withProgress(texts.progress.check, (onProgress) =>
    check({ ...access, readData, onProgress }),
  );
  output.summary(result, texts.checked(result));
  return damage(result);
};

function damage({ errors, whole, damaged }: CheckResult): HoldfastError | null {
  if (errors.length === 0) return null;
  const newest = whole.at(-1)?.slice(0, 8);
  return new HoldfastError({
    code: "DATA_DAMAGED",
    message: `the repository is damaged (${errors.length} errors, ${damaged.length} snapshots affected)`,
    hint:
      newest === undefined
        ? "no snapshot is whole; what can be read can still be restored by restic, or put back damaged files from a copy"
        : `the newest snapshot that is whole is ${newest}: holdfast restore ${newest}`,
  });
}
