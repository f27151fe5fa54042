import { HoldfastError } from "../../base/errors.ts";
import { save, type SaveResult } from "../../operations/save.ts";
import { accessOf } from "../access.ts";
import type { Action, Define } from "../command.ts";
import { shownAddress } from "../format.ts";
import { repeatable, withVariable } from "../options.ts";

interface SaveOptions {
  readonly allowShrink?: true;
}

/** `holdfast save` */
export const defineSave: Define = (command, bind, { options }) => {
  command
    .addOption(repeatable("--tag <tag>", withVariable(options.tag, "tag")))
    .addOption(repeatable("--exclude <pattern>", withVariable(options.exclude, "exclude")))
    .addOption(repeatable("--include <pattern>", withVariable(options.include, "include")))
    .option("--allow-shrink", options.allowShrink);
  bind(command, run);
};

const run: Action<SaveOptions> = async (context, { allowShrink }) => {
  const { settings, output, texts } = context;
  const access = await accessOf(context);
  const result = await output.withProgress(texts.progress.save, (onProgress) =>
    save({
      ...access,
      state: settings.state,
      tags: settings.tag,
      exclude: settings.exclude,
      include: settings.include,
      allowShrink,
      onProgress,
    }),
  );
  if (result.created && access.password === "")
    output.warn(texts.noPassword(shownAddress(settings.store)), texts.noPasswordHint);
  if (result.shrunk) output.warn(texts.shrunk, texts.shrunkHint);
  for (const { folder, mount, type } of result.mounts)
    output.warn(texts.remoteState(folder, mount, type), texts.remoteStateHint);
  for (const { kind, path } of result.problems) {
    if (kind === "changed-while-read") output.warn(texts.changedWhileRead(path));
    if (kind === "vanished") output.detail(texts.vanished(path));
  }
  output.summary(result, texts.saved(result));
  return unreadable(result);
};

/** The snapshot is there, but not all of the state is in it: that must not pass for success. */
function unreadable({ problems }: SaveResult): HoldfastError | null {
  const those = problems.filter(({ kind }) => kind === "unreadable");
  const [first] = those;
  if (first === undefined) return null;
  const others = those.length === 1 ? "" : ` and ${those.length - 1} more`;
  return new HoldfastError({
    code: "PERMISSION",
    message: `could not read ${first.path} (${first.reason ?? "unknown"})${others}; everything else is saved`,
    hint: "let this user read them, or leave them out with --exclude",
  });
}
