/** What the Hub allows; the numbers of a free account unless a test says otherwise. */
export interface HubLimits {
  /** Requests of one user in a window, for `/api/`, for `/resolve/`, and for everything else. */
  readonly apiRequests: number;
  readonly resolverRequests: number;
  readonly pageRequests: number;
  readonly windowSeconds: number;
  /** The separate limit of commits of one user; its answer looks different. */
  readonly commitsPerHour: number;
  /** Entries of one page of a tree; with `expand`; of the lists of commits and of LFS files. */
  readonly treePage: number;
  readonly expandedTreePage: number;
  readonly commitsPage: number;
  readonly lfsFilesPage: number;
  /** A file that is larger has to go through LFS. */
  readonly regularMaxBytes: number;
  /** An LFS object of this size or more is sent in parts of `partBytes`. */
  readonly multipartMinBytes: number;
  readonly partBytes: number;
  readonly signedUrlSeconds: number;
  /** A regular file of this size or more is compressed on its way when the client can take it. */
  readonly gzipMinBytes: number;
}

/** A free account, as documented or observed in 2026. */
export const FREE_ACCOUNT: HubLimits = {
  apiRequests: 1000,
  resolverRequests: 5000,
  pageRequests: 200,
  windowSeconds: 300,
  commitsPerHour: 128,
  treePage: 1000,
  expandedTreePage: 50,
  commitsPage: 100,
  lfsFilesPage: 1000,
  regularMaxBytes: 10 * 1024 * 1024,
  multipartMinBytes: 64 * 1024 * 1024,
  partBytes: 16 * 1024 * 1024,
  signedUrlSeconds: 3600,
  gzipMinBytes: 1000,
};

/** Nothing is counted: for tests that make many requests and are not about that. */
export const UNCOUNTED: Partial<HubLimits> = {
  apiRequests: Number.MAX_SAFE_INTEGER,
  resolverRequests: Number.MAX_SAFE_INTEGER,
  pageRequests: Number.MAX_SAFE_INTEGER,
  commitsPerHour: Number.MAX_SAFE_INTEGER,
};
