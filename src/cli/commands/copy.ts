import { Option } from "commander";
import { HoldfastError } from "../../base/errors.ts";
import { copy, type CopyResult } from "../../operations/copy.ts";
import { accessOf } from "../access.ts";
import type { Action, Define } from "../command.ts";
import { credentialsFrom, environmentOf } from "../credentials.ts";
import { shownAddress } from "../format.ts";

interface CopyOptions {
  readonly from?: string;
  readonly to: string;
  readonly verify?: true;
  readonly dryRun?: true;
}

/** `holdfast copy` */
export const defineCopy: Define = (command, bind, { options }) => {
  command
    .addOption(new Option("--from <url>", options.copyFrom))
    .addOption(new Option("--to <url>", options.copyTo).makeOptionMandatory())
    .option("--verify", options.verify)
    .option("--dry-run", options.dryRun);
  bind(command, run);
};

const run: Action<CopyOptions> = async (context, { from, to, verify, dryRun }) => {
  const { settings, environment, output, texts, signal } = context;
  const access = await accessOf({
    ...context,
    settings: { ...settings, store: from ?? settings.store },
    environment: environmentOf("FROM", environment),
  });
  const target = { store: to, credentials: credentialsFrom(environmentOf("TO", environment)) };
  const result = await output.withProgress(texts.progress.copy, (onProgress) =>
    copy({ from: access, to: target, verify, dryRun, signal, onProgress }),
  );
  if (result.created && !result.dry_run && access.password === "")
    output.warn(texts.noPassword(shownAddress(to)), texts.noPasswordHint);
  output.summary(result, texts.copied(result));
  return damage(result);
};

function damage({ damaged }: CopyResult): HoldfastError | null {
  const [first] = damaged;
  if (first === undefined) return null;
  const others = damaged.length === 1 ? "" : ` and ${damaged.length - 1} more`;
  return new HoldfastError({
    code: "DATA_DAMAGED",
    message: `left out what is damaged in the store that was copied: ${shown(first)}${others}; everything else is there`,
    hint: "which snapshots need it says: holdfast check",
  });
}

/** `pack 3fa9c1d2` for `data/3f/3fa9c1d2…`. */
function shown(name: string): string {
  const kind = name.startsWith("data/") ? "pack" : name.slice(0, name.indexOf("/")).replace(/s$/, "");
  return `${kind} ${name.slice(name.lastIndexOf("/") + 1).slice(0, 8)}`;
}
