import { Option } from "commander";
import { HoldfastError } from "../../base/errors.ts";
import { saveCookies } from "../../operations/cookies/save-cookies.ts";
import { save, type SaveResult } from "../../operations/save.ts";
import { askControl, controlPath } from "../../run/control.ts";
import { storeKey } from "../../run/store-key.ts";
import { accessOf } from "../access.ts";
import type { Action, Context, Define } from "../command.ts";
import { shownAddress } from "../format.ts";
import { warnOfSave } from "../warnings.ts";
import { counted, named, repeatable, withVariable } from "../options.ts";

interface SaveOptions {
  readonly only?: "cookies";
  readonly allowShrink?: true;
}

/** `holdfast save` */
export const defineSave: Define = (command, bind, { options }) => {
  command
    .addOption(repeatable("--tag <tag>", withVariable(options.tag, "tag")))
    .addOption(repeatable("--exclude <pattern>", withVariable(options.exclude, "exclude")))
    .addOption(repeatable("--include <pattern>", withVariable(options.include, "include")))
    .addOption(
      new Option("--freeze <when>", withVariable(options.freeze, "freeze")).choices([
        "auto",
        "always",
        "never",
      ]),
    )
    .addOption(named(counted("--max-pause <ms>", withVariable(options.maxPause, "maxPauseMs")), "maxPauseMs"))
    .option("--whole-profiles", withVariable(options.wholeProfiles, "wholeProfiles"))
    .option("--allow-shrink", options.allowShrink)
    .addOption(
      new Option("--only <part>", options.only)
        .choices(["cookies"])
        .conflicts(["exclude", "include", "wholeProfiles", "freeze", "maxPauseMs"]),
    );
  bind(command, run);
};

const run: Action<SaveOptions> = async (context, options) => {
  return options.only === "cookies"
    ? await runCookies(context, options, [])
    : await runWhole(context, options, []);
};

const runCookies: Action<SaveOptions> = async (context, { allowShrink }) => {
  const { settings, output, texts } = context;
  const access = await accessOf(context);
  const { state, tag: tags } = settings;
  const result = await output.withProgress(texts.progress.save, (onProgress) =>
    saveCookies({ ...access, state, tags, allowShrink, onProgress }),
  );
  warn(context, access.password, result);
  for (const { profile, origins_left_out: count } of result.profiles)
    if (count > 0) output.warn(texts.tooMuchLocalStorage(profile, count), texts.tooMuchLocalStorageHint);
  output.summary(result, texts.savedCookies(result));
  return null;
};

const runWhole: Action<SaveOptions> = async (context, { allowShrink }) => {
  const { settings, environment, output, texts, signal } = context;
  const supervised = await askControl(
    controlPath(settings.state, environment),
    {
      command: allowShrink === true ? "adopt" : "save",
      store: storeKey(settings.store),
      tags: settings.tag,
    },
    signal,
  );
  if (supervised !== null && supervised.result !== null) {
    const saved = supervised.result as SaveResult;
    warnOfSave(context, saved);
    output.summary(saved, saved.unchanged ? texts.unchanged : texts.saved(saved));
    return unreadable(saved);
  }
  const access = await accessOf(context);
  const result = await output.withProgress(texts.progress.save, (onProgress) =>
    save({
      ...access,
      state: settings.state,
      tags: settings.tag,
      exclude: settings.exclude,
      include: settings.include,
      freeze: settings.freeze,
      maxPauseMs: settings.maxPauseMs,
      wholeProfiles: settings.wholeProfiles,
      allowShrink,
      onProgress,
    }),
  );
  warn(context, access.password, result);
  warnOfSave(context, result);
  output.summary(result, texts.saved(result));
  return unreadable(result);
};

/** What is not as it might be expected, although the save has succeeded. */
function warn({ settings, output, texts }: Context, password: string, { created, shrunk }: SaveResult): void {
  if (created && password === "")
    output.warn(texts.noPassword(shownAddress(settings.store)), texts.noPasswordHint);
  if (shrunk) output.warn(texts.shrunk, texts.shrunkHint);
}

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
