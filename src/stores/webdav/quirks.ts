/** What is special about the servers of a provider. */
export interface Quirks {
  /** For messages. */
  readonly provider: string | null;
  /** Requests under way at the same time. */
  readonly maxParallel: number;
  /** Requests that the provider takes in a span of time; `null` when it counts none. */
  readonly budget: RequestBudget | null;
  /** As the trait of stores: how often one may look, in milliseconds. */
  readonly pollMs: number;
  /** A listing that has so many entries may not be whole; `null` when listings always are. */
  readonly entriesAListing: number | null;
  /** Where passwords for a single program are made, for hints. */
  readonly passwords: string | null;
}

/** So many requests in so long a time. */
export interface RequestBudget {
  readonly requests: number;
  readonly spanMs: number;
}

const MINUTE_MS = 60_000;

const PLAIN: Quirks = {
  provider: null,
  maxParallel: 8,
  budget: null,
  pollMs: 5000,
  entriesAListing: null,
  passwords: null,
};

/**
 * One row a provider: the end of its host names, or the beginning of its paths, and what differs from a
 * plain server. No request of ours ever carries `If-Match` or `If-None-Match`, which Koofr answers with 405
 * and others ignore.
 */
const PROVIDERS: readonly {
  readonly host?: string;
  readonly path?: string;
  readonly quirks: Partial<Quirks>;
}[] = [
  {
    host: "koofr.net",
    quirks: {
      provider: "Koofr",
      maxParallel: 2,
      passwords: "https://app.koofr.net/app/admin/preferences/password",
    },
  },
  {
    host: "dav.jianguoyun.com",
    quirks: {
      provider: "Jianguoyun",
      maxParallel: 2,
      budget: { requests: 600, spanMs: 30 * MINUTE_MS },
      // A fifth of what is free, for each instance of an app that is supervised.
      pollMs: 15_000,
      entriesAListing: 750,
      passwords: "https://www.jianguoyun.com/#/account/security",
    },
  },
  {
    host: "teracloud.jp",
    quirks: {
      provider: "InfiniCLOUD",
      maxParallel: 4,
      passwords: "https://infini-cloud.net/en/modules/mypage/",
    },
  },
  {
    path: "/remote.php/",
    quirks: { provider: "Nextcloud", maxParallel: 4, passwords: "Settings, Security, Devices & sessions" },
  },
];

/** What is special about the server at an address. */
export function quirksOf(base: URL): Quirks {
  const row = PROVIDERS.find(({ host, path }) =>
    host === undefined
      ? path !== undefined && base.pathname.includes(path)
      : base.hostname === host || base.hostname.endsWith(`.${host}`),
  );
  return { ...PLAIN, ...row?.quirks };
}
