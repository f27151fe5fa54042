import type { AdoptResult } from "../../operations/adopt.ts";
import type { SnapshotBeside } from "../../operations/beside.ts";
import type { CheckResult } from "../../operations/check.ts";
import type { ClearResult } from "../../operations/clear.ts";
import type { CopyResult } from "../../operations/copy.ts";
import type { ForgetResult } from "../../operations/forget.ts";
import type { KeyChange } from "../../operations/keys.ts";
import type { RestoredProfile } from "../../operations/prepare-profiles.ts";
import type { PruneResult } from "../../operations/prune.ts";
import type { RestoreResult } from "../../operations/restore.ts";
import type { SaveResult } from "../../operations/save.ts";
import type { SignInResult } from "../../operations/sign-in.ts";
import type { UnlockResult } from "../../operations/unlock.ts";
import type { UsageResult } from "../../operations/usage.ts";
import { formatBytes, formatCount, formatDuration } from "../format.ts";

const short = (id: string): string => id.slice(0, 8);
const several = (count: number, one: string, many: string = `${one}s`): string =>
  `${formatCount(count)} ${count === 1 ? one : many}`;

/** What commands say, in English. */
export const ENGLISH_MESSAGES = {
  error: "error:",
  warning: "warning:",
  hint: "hint:",

  /** What stands before a progress bar. */
  progress: {
    save: "save",
    upload: "upload",
    restore: "restore",
    check: "check",
    prune: "prune",
    copy: "copy",
  },

  using: (store: string, state: readonly string[]): string =>
    `the store is ${store}, the state ${state.join(", ")}`,
  noPassword: (store: string): string =>
    `no password is set: whoever gets hold of ${store} can read what is saved there`,
  noPasswordHint: "to protect it, now or later: HOLDFAST_NEW_PASSWORD=… holdfast key passwd",
  shrunk:
    "the state is empty or much smaller than before: saved beside the old one, tagged shrunk, and restored only when named",
  shrunkHint: "if it is meant to be so: holdfast save --allow-shrink",
  notFrozen: (reason: string): string =>
    `the app was running while it was saved, so files may be of different moments: ${reason}`,
  notFrozenHint: "allow a longer stop with --max-pause, or save when the app does not run",
  remoteState: (folder: string, mount: string, type: string): string =>
    `the state ${folder} uses the mount ${mount} (${type}), where locks may not hold, ` +
    "what is written may arrive late, and modes may be lost",
  remoteStateHint: "keep the state on a disk of this machine, and only the store on such a mount",
  changedWhileRead: (path: string): string =>
    `${path} changed while it was read; it is saved as it was last read`,
  vanished: (path: string): string => `${path} was removed while the state was saved`,

  saved: ({ snapshot, files, bytes, seconds }: SaveResult): string =>
    `saved ${short(snapshot)}: ${several(files.total, "file")}, ${formatBytes(bytes.state)} ` +
    `(${formatCount(files.new)} new, ${formatCount(files.changed)} changed), ` +
    `${formatBytes(bytes.stored)} stored in ${formatDuration(seconds)}`,
  restored: ({ snapshot, files, bytes, targets, seconds }: RestoreResult): string =>
    `restored ${short(snapshot)}: ${several(files, "file")}, ${formatBytes(bytes)} ` +
    `to ${targets.join(", ")} in ${formatDuration(seconds)}`,
  fellBack: (damaged: string): string =>
    `the snapshot ${short(damaged)} is damaged; the newest older one that is whole was restored`,
  newerBeside: ({ id, time, tag }: SnapshotBeside): string =>
    tag === "fork"
      ? `a newer state of another instance is kept beside this one: the fork ${short(id)}, saved ${time}`
      : `a newer state is kept beside this one: ${short(id)}, saved ${time} while the store could not be reached`,
  newerBesideHint: ({ id }: SnapshotBeside): string =>
    `to look at it: holdfast restore ${short(id)} --to another-folder; to make it the state: holdfast adopt ${short(id)}`,
  adopted: ({ snapshot, adopted, was, files, bytes }: AdoptResult): string =>
    `adopted ${short(adopted)}, kept beside as ${was.join(", ")} until now: it is the newest good snapshot, as ${short(snapshot)}` +
    (files === null || bytes === null ? "" : `; ${several(files, "file")}, ${formatBytes(bytes)}`),
  skipped: (path: string, type: string): string => `${path} was not restored: it is a ${type}`,
  leftover: (folder: string): string =>
    `what was replaced is still in ${folder}: not all of it may be removed`,
  leftoverHint: (folder: string): string => `remove it with: sudo rm -rf ${folder}`,
  heldBy: (holders: RestoreResult["held_by"]): string =>
    `still at work on files that were replaced: ${holders.map(({ pid, name }) => `${name} (${pid})`).join(", ")}`,
  heldByHint: "start them anew: what they write to those files is lost",
  newerProfile: ({ browser, path, version, installed_version: installed }: RestoredProfile): string =>
    `${path} was last used by ${browser} ${version ?? "?"}, newer than the installed ${installed ?? "?"}, which may damage it`,
  newerProfileHint: "install a browser that is at least as new before the app starts",
  keyring: ({ path, keyring_sites: sites }: RestoredProfile): string =>
    `${path} has cookies that only the keyring of another machine can read, so the browser will delete all cookies of ` +
    `${sites.slice(0, 3).join(", ")}${sites.length > 3 ? ` and ${formatCount(sites.length - 3)} more` : ""}`,
  keyringHint: "start the browser with --password-store=basic, there and here, log in again, and save",
  sessionCookiesLost: ({ path }: RestoredProfile): string =>
    `${path} has no preferences in which its browser could be told to keep session cookies`,
  removedLocks: ({ path, removed_locks: locks }: RestoredProfile): string =>
    `removed locks of another machine from ${path}: ${locks.join(", ")}`,
  checked: ({ errors, whole, damaged, packs, blobs, bytes_read: read, seconds }: CheckResult): string =>
    [
      ...errors.map(({ message }) => `- ${message}`),
      `${formatCount(whole.length)} of ${several(whole.length + damaged.length, "snapshot")} whole, ` +
        `${several(packs, "pack")}, ${several(blobs, "blob")}` +
        `${read > 0 ? `, ${formatBytes(read)} read` : ""} in ${formatDuration(seconds)}`,
    ].join("\n"),
  forgotten: ({ kept, removed, dry_run: dryRun, prune }: ForgetResult): string =>
    [
      ...removed.map((id) => `- ${short(id)}`),
      `${dryRun ? "would forget" : "forgot"} ${several(removed.length, "snapshot")}, ${formatCount(kept.length)} kept`,
      ...(prune === null ? [] : [pruned(prune)]),
    ].join("\n"),
  pruned: (result: PruneResult): string => pruned(result),
  signInCode: (url: string, code: string): string =>
    `open ${url} on any machine, and type in the code ${code}`,
  signInPaste: (url: string): string =>
    `open ${url} on any machine, and agree; then paste here the address of the page that does not open`,
  signedIn: ({ drive, token_file: file }: SignInResult): string =>
    `signed in to ${drive === "onedrive" ? "OneDrive" : "Google Drive"}; what comes back without you is in ${file}`,
  signInEnds: (ends: string): string =>
    `this line ends on ${ends.slice(0, 10)}, and whoever has it has the files: put a new one in its place before`,
  signInIsTesting: (ends: string): string =>
    `Google ends this sign-in on ${ends.slice(0, 10)}, because the app is in 'Testing'`,
  signInIsTestingHint:
    "publish the app ('In production') on the page of its consent screen, and sign in again: https://console.cloud.google.com/auth/audience",

  copied: ({ to, copied, there, verified, dry_run: dryRun, seconds }: CopyResult): string =>
    [
      copied.files === 0
        ? `nothing to copy: ${to} has ${several(there.snapshots, "snapshot")} and ${several(there.files, "file")} already`
        : `${dryRun ? "would copy" : "copied"} ${several(copied.snapshots, "snapshot")} to ${to}: ` +
          `${several(copied.files, "file")}, ${formatBytes(copied.bytes)}` +
          (dryRun ? "" : ` in ${formatDuration(seconds)}`),
      ...(copied.files === 0 || there.files === 0
        ? []
        : [`${several(there.files, "file")} of ${several(there.snapshots, "snapshot")} there before`]),
      ...(verified ? ["all read back and as it should be"] : []),
    ].join("; "),
  unlocked: ({ removed }: UnlockResult): string => `removed ${several(removed, "lock")}`,
  keysChanged: ({ added, removed }: KeyChange): string =>
    [
      ...(added === null ? [] : [`added key ${short(added)}`]),
      ...(removed === null ? [] : [`removed key ${short(removed)}`]),
    ].join(", "),
  cleared: ({ local, remote }: ClearResult): string =>
    [
      ...(remote === null
        ? []
        : [`removed ${several(remote.snapshots, "snapshot")}, ${formatBytes(remote.bytes)}, from the store`]),
      ...(local ?? []).map((folder) => `emptied ${folder}`),
    ].join("\n") || "there was nothing to remove",

  reallyClear: (folders: readonly string[], store: string | null): string =>
    [
      "remove for ever?",
      ...folders.map((folder) => `everything in ${folder}`),
      ...(store === null ? [] : [`all snapshots in ${store}`]),
    ].join("\n  "),
  yes: "yes, remove",
  no: "no",
  newPassword: "new password",
  newPasswordAgain: "the same again",
  passwordIsEmpty: "at least one character",

  nothingSaved: "nothing is saved yet",
  snapshotColumns: ["id", "time", "host", "folders", "tags", "files", "size", "added"] as readonly string[],
  profileColumns: ["browser", "version", "profile", "files", "size", "kept"] as readonly string[],
  noProfiles: "no browser profile is there",
  usageOf: ({ live, kept, counted }: UsageResult): string =>
    [
      `${formatBytes(live)} stored`,
      `${formatBytes(kept)} of what was removed still kept`,
      ...(counted === null ? [] : [`${formatBytes(counted)} counted by the provider`]),
    ].join(", "),
  keyColumns: ["", "id", "user", "host", "created"] as readonly string[],
  noDifference: "no difference",
  changes: {
    added: "added",
    removed: "removed",
    modified: "modified",
    type: "of another type",
    metadata: "with other metadata",
  },
};

function pruned({ packs, bytes, dry_run: dryRun }: PruneResult): string {
  const verb = dryRun ? "would remove" : "removed";
  return (
    `${verb} ${several(packs.removed, "pack")}, rewrote ${formatCount(packs.repacked)}, ` +
    `kept ${formatCount(packs.kept)}; ${formatBytes(bytes.freed)} freed`
  );
}
