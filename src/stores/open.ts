import { fileURLToPath } from "node:url";
import { HoldfastError } from "../base/errors.ts";
import { type RequestCounter, withCount } from "./count.ts";
import { isGoogleDriveAddress, parseGoogleDriveAddress } from "./gdrive/address.ts";
import type { HubAccess } from "./hub/access.ts";
import { isHubAddress, parseHubAddress } from "./hub/address.ts";
import { withLimit } from "./limit.ts";
import type { DriveAccess } from "./oauth/access.ts";
import { isOneDriveAddress, parseOneDriveAddress } from "./onedrive/address.ts";
import { type RetryOptions, withRetry } from "./retry.ts";
import type { S3Access } from "./s3/access.ts";
import { isS3Address, parseS3Address } from "./s3/address.ts";
import type { Store } from "./store.ts";
import type { WebdavAccess } from "./webdav/access.ts";
import { isWebdavAddress, parseWebdavAddress } from "./webdav/address.ts";

/** What opens stores, beside their addresses; secrets among it. */
export interface StoreCredentials {
  /** For `hf://…`. */
  readonly hub?: HubAccess | undefined;
  /** For `s3://…` and its relatives, and for buckets of the Hub. */
  readonly s3?: S3Access | undefined;
  /** For `webdav(s)://…`. */
  readonly webdav?: WebdavAccess | undefined;
  /** For `onedrive:…`. */
  readonly onedrive?: DriveAccess | undefined;
  /** For `gdrive:…`. */
  readonly gdrive?: DriveAccess | undefined;
}

/** How a store is used, whichever it is. */
export interface OpenStoreOptions {
  readonly credentials?: StoreCredentials | undefined;
  /** Counts what reaches the store, repeated attempts included. */
  readonly counter?: RequestCounter;
  readonly retry?: RetryOptions;
}

/** A kind of store: what its addresses look like, and how to open one. */
interface Driver {
  readonly matches: (url: string) => boolean;
  readonly examples: readonly string[];
  /** Calls under way at the same time. */
  readonly maxParallel: number;
  /** It counts its requests and tries them again by itself, because it makes several for a call. */
  readonly isSelfReliant: boolean;
  /** Loads the driver's code, which no other store pays for. */
  readonly open: (url: string, options: OpenStoreOptions) => Promise<Store>;
  readonly isPrivate: (url: string, options: OpenStoreOptions) => Promise<boolean>;
  /** The folder on this machine that holds the files; `null` when they are elsewhere. */
  readonly folder: (url: string) => string | null;
}

const DRIVERS: readonly Driver[] = [
  {
    matches: (url) => /^(\.{0,2}\/|\.{1,2}$|file:)/i.test(url),
    examples: ["./folder", "file:///path/to/folder"],
    maxParallel: 16,
    isSelfReliant: false,
    open: async (url) => (await import("./local.ts")).openLocalStore(pathOf(url)),
    isPrivate: async (url) => (await import("./local/private-folder.ts")).isPrivateFolder(pathOf(url)),
    folder: pathOf,
  },
  {
    matches: isHubAddress,
    examples: ["hf://datasets/namespace/name"],
    maxParallel: 16,
    isSelfReliant: true,
    open: async (url, options) => (await import("./hub/open.ts")).openHub(parseHubAddress(url), options),
    isPrivate: async (url, options) =>
      (await import("./hub/open.ts")).isPrivateOnHub(parseHubAddress(url), options),
    folder: () => null,
  },
  {
    matches: isS3Address,
    examples: ["s3://bucket/folder"],
    maxParallel: 16,
    isSelfReliant: true,
    open: async (url, options) => (await import("./s3/open.ts")).openS3(parseS3Address(url), options),
    isPrivate: async (url, options) =>
      (await import("./s3/open.ts")).isPrivateS3(parseS3Address(url), options),
    folder: () => null,
  },
  {
    matches: isWebdavAddress,
    examples: ["webdavs://host/path"],
    maxParallel: 16,
    isSelfReliant: true,
    open: async (url, options) =>
      (await import("./webdav/open.ts")).openWebdav(parseWebdavAddress(url), options),
    isPrivate: async (url, options) =>
      (await import("./webdav/open.ts")).isPrivateOnWebdav(parseWebdavAddress(url), options),
    folder: () => null,
  },
  {
    matches: isOneDriveAddress,
    examples: ["onedrive:folder"],
    maxParallel: 4,
    isSelfReliant: false,
    open: async (url, options) =>
      (await import("./onedrive.ts")).openOneDriveStore(
        parseOneDriveAddress(url),
        driveOptions(options, "onedrive"),
      ),
    isPrivate: async (url, options) =>
      (await import("./onedrive.ts")).isPrivateOneDrive(
        parseOneDriveAddress(url),
        driveOptions(options, "onedrive"),
      ),
    folder: () => null,
  },
  {
    matches: isGoogleDriveAddress,
    examples: ["gdrive:folder"],
    maxParallel: 4,
    isSelfReliant: false,
    open: async (url, options) =>
      (await import("./gdrive.ts")).openGoogleDriveStore(
        parseGoogleDriveAddress(url),
        driveOptions(options, "gdrive"),
      ),
    isPrivate: async (url, options) =>
      (await import("./gdrive.ts")).isPrivateGoogleDrive(
        parseGoogleDriveAddress(url),
        driveOptions(options, "gdrive"),
      ),
    folder: () => null,
  },
];

/**
 * Opens the store at an address: `./folder`, `/folder`, `file:///folder`, `hf://…`, `s3://…`, `webdavs://…`,
 * `onedrive:…` or `gdrive:…`. Nothing is read or written yet, unless it has to be asked what an S3 server can do
 * that nothing is known of. Calls of the store are bounded in number, and tried again when they fail for a moment.
 *
 * @throws {HoldfastError} `CONFIG` when the address is none that is known
 */
export async function openStore(url: string, options: OpenStoreOptions = {}): Promise<Store> {
  const driver = driverOf(url);
  const store = await driver.open(url, options);
  if (driver.isSelfReliant) return withLimit(store, driver.maxParallel);
  const counted = options.counter === undefined ? store : withCount(store, options.counter);
  return withRetry(withLimit(counted, driver.maxParallel), options.retry);
}

/**
 * True when the place is verifiably closed to everybody else, so that snapshots without a password
 * may lie there: for a folder, when it is this user's alone; for a dataset, when it is private, or missing
 * and therefore about to be made so; never for S3, where nobody can see that.
 *
 * @throws {HoldfastError} `CONFIG` when the address is none that is known; `STORE_AUTH`, `STORE_UNREACHABLE`
 */
export async function isPrivateStore(url: string, options: OpenStoreOptions = {}): Promise<boolean> {
  return driverOf(url).isPrivate(url, options);
}

/**
 * The folder on this machine in which the store at an address keeps its files; `null` when it has none.
 *
 * @throws {HoldfastError} `CONFIG` when the address is that of another machine's folder
 */
export function localFolderOf(url: string): string | null {
  return DRIVERS.find(({ matches }) => matches(url))?.folder(url) ?? null;
}

function driverOf(url: string): Driver {
  const driver = DRIVERS.find(({ matches }) => matches(url));
  if (driver === undefined) throw unknownAddress(url);
  return driver;
}

function driveOptions(
  { credentials, retry }: OpenStoreOptions,
  kind: "onedrive" | "gdrive",
): { readonly access: DriveAccess; readonly retry: RetryOptions | undefined } {
  return { access: credentials?.[kind] ?? { token: null, tokenFile: null }, retry };
}

function pathOf(url: string): string {
  if (!/^file:/i.test(url)) return url;
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw new HoldfastError({
      code: "CONFIG",
      message: "a file: address has to be an absolute path on this machine",
      hint: "write it like file:///path/to/folder",
      cause: error,
    });
  }
}

/** Names the scheme only: the rest of an address may hold a password. */
function unknownAddress(url: string): HoldfastError {
  const scheme = /^[a-z][a-z0-9+.-]*(?=:)/i.exec(url)?.[0];
  const examples = DRIVERS.flatMap((driver) => driver.examples).join(" or ");
  return new HoldfastError({
    code: "CONFIG",
    message:
      scheme === undefined
        ? "the address of the store is not complete"
        : `no kind of store is called '${scheme}:'`,
    hint: `write it like ${examples}`,
  });
}
