/** The site in whose tabs a partitioned cookie counts (CHIPS). */
export interface CookiePartition {
  /** Scheme and registrable domain, for example `https://example.com`. */
  readonly topLevelSite: string;
  /** Whether a frame of another site stands between the page and the frame that has the cookie. */
  readonly hasCrossSiteAncestor: boolean;
}

/** A cookie, whichever browser or file it comes from. */
export interface Cookie {
  readonly name: string;
  readonly value: string;
  /** Host name in lower case, without a leading dot. */
  readonly host: string;
  /** It is sent to this host only, and not to those below it. */
  readonly hostOnly: boolean;
  /** Starts with '/'. */
  readonly path: string;
  /** Milliseconds since 1970 (UTC); `null` for a cookie that ends with the browser's session. */
  readonly expiresMs: number | null;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  /** `null` when the site did not say. */
  readonly sameSite: "none" | "lax" | "strict" | null;
  readonly partition: CookiePartition | null;
  /** Firefox's container (`userContextId`); 0 outside of containers and in other browsers. */
  readonly container: number;
  /** Kind of connection that set it; `null` when it is not known. */
  readonly sourceScheme: "http" | "https" | null;
  /** Port of that connection; `null` when it is not known. */
  readonly sourcePort: number | null;
  /** Which cookies Chromium gives up first. */
  readonly priority: "low" | "medium" | "high";
  /** Milliseconds since 1970 (UTC); `null` when it is not known. */
  readonly createdMs: number | null;
  /** Milliseconds since 1970 (UTC); `null` when it is not known. */
  readonly lastAccessMs: number | null;
}

/** What an origin keeps in localStorage. */
export interface OriginStorage {
  /** For example `https://example.com` or `http://127.0.0.1:3000`. */
  readonly origin: string;
  readonly items: readonly { readonly name: string; readonly value: string }[];
}

/** What carries a login from one browser to another. */
export interface CookieJar {
  readonly cookies: readonly Cookie[];
  readonly localStorage: readonly OriginStorage[];
}
