import { Option } from "commander";
import { restoreCookies } from "../../operations/cookies/restore-cookies.ts";
import { restore, type RestoreResult } from "../../operations/restore.ts";
import { accessOf } from "../access.ts";
import type { Action, Context, Define } from "../command.ts";
import { withVariable } from "../options.ts";

interface RestoreOptions {
  readonly only?: "cookies";
  readonly to?: string;
  readonly force?: true;
  readonly fallback?: true;
}

/** `holdfast restore` */
export const defineRestore: Define = (command, bind, { options, values }) => {
  command
    .argument("[snapshot]", values.snapshotOrLatest)
    .option("--to <dir>", options.to)
    .option("--force", options.force)
    .option("--fallback", options.fallback)
    .addOption(
      new Option("--session-cookies <what>", withVariable(options.sessionCookies, "sessionCookies")).choices([
        "keep",
        "browser",
      ]),
    )
    .addOption(new Option("--only <part>", options.only).choices(["cookies"]).conflicts("force"));
  bind(command, run);
};

const run: Action<RestoreOptions> = async (context, options, values) => {
  return options.only === "cookies"
    ? await runCookies(context, options, values)
    : await runWhole(context, options, values);
};

const runCookies: Action<RestoreOptions> = async (context, { to, fallback }, [snapshot]) => {
  const { settings, output, texts } = context;
  const access = await accessOf(context);
  const result = await restoreCookies({ ...access, state: settings.state, snapshot, to, fallback });
  if (result.fell_back_from !== null) output.warn(texts.fellBack(result.fell_back_from));
  output.summary(result, texts.restoredCookies(result));
  return null;
};

const runWhole: Action<RestoreOptions> = async (context, { to, force, fallback }, [snapshot]) => {
  const { settings, output, texts } = context;
  const access = await accessOf(context);
  const result = await output.withProgress(texts.progress.restore, (onProgress) =>
    restore({
      ...access,
      state: settings.state,
      snapshot,
      to,
      force,
      fallback,
      keepSessionCookies: settings.sessionCookies === "keep",
      onProgress,
    }),
  );
  warn(context, result);
  output.summary(result, texts.restored(result));
  return null;
};

/** What is not as it might be expected, although the restore has succeeded. */
function warn(
  { output, texts }: Context,
  { skipped, leftovers, held_by: holders, profiles, fell_back_from: damaged }: RestoreResult,
): void {
  if (damaged !== null) output.warn(texts.fellBack(damaged));
  for (const { path, type } of skipped) output.warn(texts.skipped(path, type));
  for (const folder of leftovers) output.warn(texts.leftover(folder), texts.leftoverHint(folder));
  if (holders.length > 0) output.warn(texts.heldBy(holders), texts.heldByHint);
  for (const profile of profiles) {
    if (profile.newer) output.warn(texts.newerProfile(profile), texts.newerProfileHint);
    if (profile.keyring_sites.length > 0) output.warn(texts.keyring(profile), texts.keyringHint);
    if (profile.session_cookies_kept === false) output.warn(texts.sessionCookiesLost(profile));
    if (profile.removed_locks.length > 0) output.detail(texts.removedLocks(profile));
  }
}
