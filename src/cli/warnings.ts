import type { RestoreResult } from "../operations/restore.ts";
import type { SaveResult } from "../operations/save.ts";
import type { Context } from "./command.ts";
import { formatTime } from "./format.ts";

type Reporter = Pick<Context, "output" | "texts">;

/** What of a saved state is not as it might be expected. */
export function warnOfSave(
  { output, texts }: Reporter,
  { freeze, mounts, problems }: Pick<SaveResult, "freeze" | "mounts" | "problems">,
): void {
  if (freeze.outcome === "given-up") output.warn(texts.notFrozen(freeze.reason ?? ""), texts.notFrozenHint);
  for (const { folder, mount, type } of mounts)
    output.warn(texts.remoteState(folder, mount, type), texts.remoteStateHint);
  for (const { kind, path } of problems) {
    if (kind === "changed-while-read") output.warn(texts.changedWhileRead(path));
    if (kind === "vanished") output.detail(texts.vanished(path));
  }
}

/** What is not as it might be expected, although the restore has succeeded. */
export function warnOfRestore(
  { output, texts }: Reporter,
  {
    skipped,
    leftovers,
    held_by: holders,
    profiles,
    fell_back_from: damaged,
    newer_beside: [newer],
  }: RestoreResult,
): void {
  if (damaged !== null) output.warn(texts.fellBack(damaged));
  if (newer !== undefined) {
    const time = formatTime(new Date(newer.time));
    output.warn(texts.newerBeside({ ...newer, time }), texts.newerBesideHint(newer));
  }
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
