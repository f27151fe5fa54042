/**
 * Keeps the state of an app alive on hosts that wipe their disk: folders are saved as encrypted,
 * deduplicated snapshots in restic's format, and restored from them.
 *
 * Every function takes an options object with the place of the repository (`store` and `password`, or
 * a `repository` that is open), a `signal` that stops it, and where it takes long, `onProgress`. It
 * gives a plain object back, the one that the command line prints with `--json`, or throws a
 * {@link HoldfastError}; nothing else is thrown.
 *
 * @example
 * ```ts
 * import { HoldfastError, restore, save } from "holdfast";
 *
 * const place = { store: "./.holdfast", password: process.env["HOLDFAST_PASSWORD"] ?? "", state: ["data"] };
 * try {
 *   await restore(place);
 * } catch (error) {
 *   // The first start: nothing is saved yet.
 *   if (!(error instanceof HoldfastError && error.code === "NO_REPOSITORY")) throw error;
 * }
 * const { snapshot, bytes } = await save(place);
 * console.log(`${snapshot}: ${bytes.stored} bytes stored`);
 * ```
 *
 * @packageDocumentation
 */

export {
  ERROR_CODES,
  type ErrorCode,
  type ErrorDetails,
  type ErrorTraits,
  HoldfastError,
  isHoldfastError,
} from "./base/errors.ts";
export type { Fetch } from "./base/fetch.ts";
export type { Progress, ProgressListener } from "./base/progress.ts";
export type { FreezeMode, FreezeOutcome } from "./capture/live/freeze.ts";
export type { Cookie, CookieJar, CookiePartition, OriginStorage } from "./browser/cookie.ts";
export { formatCookies, parseCookies, recogniseFormat } from "./browser/formats/cookie-files.ts";
export { type CookieFormat, fitJar, type Fitting } from "./browser/formats/fitting.ts";
export type { ProblemKind, SaveProblem } from "./capture/save-context.ts";
export type { BrowserKind } from "./browser/find-profiles.ts";
export { adopt, type AdoptRequest, type AdoptResult } from "./operations/adopt.ts";
export type { BesideTag, SnapshotBeside } from "./operations/beside.ts";
export { check, type CheckRequest, type CheckResult } from "./operations/check.ts";
export { clear, type ClearedStore, type ClearRequest, type ClearResult } from "./operations/clear.ts";
export { copy, type CopyPlace, type CopyRequest, type CopyResult } from "./operations/copy.ts";
export { type Change, type ChangeTotal, diff, type DiffRequest, type DiffResult } from "./operations/diff.ts";
export {
  type CookieInfo,
  type CookieState,
  cookieStatus,
  type CookieStatusRequest,
  type CookieStatusResult,
  type ProfileStatus,
  type SiteInfo,
} from "./operations/cookies/cookie-status.ts";
export type { WatchedSite } from "./operations/cookies/watched-sites.ts";
export {
  type CookieCloudAccess,
  exportCookies,
  type ExportCookiesRequest,
  type ExportCookiesResult,
  type ExportTarget,
  type WrittenFormat,
} from "./operations/cookies/export-cookies.ts";
export {
  importCookies,
  type ImportCookiesRequest,
  type ImportCookiesResult,
  type ImportSource,
} from "./operations/cookies/import-cookies.ts";
export {
  type BrowserChoice,
  type CookieReading,
  readCookies,
  type ReadCookiesRequest,
} from "./operations/cookies/read-cookies.ts";
export {
  restoreCookies,
  type RestoreCookiesRequest,
  type RestoreCookiesResult,
  type RestoredCookies,
} from "./operations/cookies/restore-cookies.ts";
export {
  type ProfileCookies,
  saveCookies,
  type SaveCookiesRequest,
  type SaveCookiesResult,
} from "./operations/cookies/save-cookies.ts";
export {
  openSealedCookies,
  sealCookies,
  VARIABLE_LIMITS,
  type VariableLimit,
} from "./operations/cookies/sealed-cookies.ts";
export {
  type AreaVerdict,
  type BrokenPromise,
  doctor,
  type DoctorAnnouncement,
  type DoctorRequest,
  type DoctorResult,
} from "./operations/doctor.ts";
export type { Speed } from "./operations/doctor/measure.ts";
export type { ConformanceArea } from "./stores/conformance.ts";
export type { EntryInfo, PathInfo } from "./operations/entry-info.ts";
export { forget, type ForgetRequest, type ForgetResult, type GroupBy } from "./operations/forget.ts";
export {
  addKey,
  changePassword,
  type KeyChange,
  type KeyInfo,
  listKeys,
  type NewPassword,
  removeKey,
} from "./operations/keys.ts";
export { ls, type LsRequest } from "./operations/ls.ts";
export type { ChangeKind } from "./operations/node-difference.ts";
export {
  type OpenedRepository,
  openRepository,
  type RepositoryAccess,
  type RepositoryAddress,
  type StoreCredentials,
} from "./operations/open-repository.ts";
export type { RestoredProfile } from "./operations/prepare-profiles.ts";
export { type ProfileInfo, profiles, savedProfiles } from "./operations/profiles.ts";
export { prune, type PruneRequest, type PruneResult } from "./operations/prune.ts";
export type { HolderInfo } from "./operations/replaced-use.ts";
export { restore, type RestoreRequest, type RestoreResult, type SkippedInfo } from "./operations/restore.ts";
export { save, type SaveRequest, type SaveResult } from "./operations/save.ts";
export type { StateMount } from "./operations/state-mounts.ts";
export { type SnapshotInfo, type SnapshotListing, snapshots } from "./operations/snapshots.ts";
export {
  type DriveApp,
  type DriveKind,
  signIn,
  type SignInPrompt,
  type SignInRequest,
  type SignInResult,
} from "./operations/sign-in.ts";
export { unlock, type UnlockRequest, type UnlockResult } from "./operations/unlock.ts";
export { usage, type UsageResult } from "./operations/usage.ts";
export type { CheckProblem, CheckProblemKind } from "./repository/check.ts";
export type { CopyCounts } from "./repository/copy.ts";
export type { ForgetPolicy } from "./repository/forget.ts";
export type { Id } from "./repository/ids.ts";
export type { NodeType } from "./repository/node.ts";
export type {
  ByteRange,
  CallOptions,
  NewFile,
  Store,
  StoredFile,
  StoreHistory,
  StoreTraits,
  StoreUsage,
  WriteCondition,
  WriteOptions,
} from "./stores/store.ts";
export type { HubAccess } from "./stores/hub/access.ts";
export type { DriveAccess } from "./stores/oauth/access.ts";
export type { S3Access } from "./stores/s3/access.ts";
export type { WebdavAccess } from "./stores/webdav/access.ts";
export type { RequestCounts } from "./stores/count.ts";
export { run } from "./run/run.ts";
export type { RunRequest } from "./run/request.ts";
export type { RunEvent, SaveReason } from "./run/events.ts";
export type { Transition } from "./run/machine.ts";
export type { RunState } from "./run/status.ts";
export type { Address } from "./run/engine-calls.ts";
export type { ResumeResult } from "./operations/resume-result.ts";
export type { GivenCookiesResult } from "./operations/cookies/given-cookies.ts";
