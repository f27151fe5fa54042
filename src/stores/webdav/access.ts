/** What opens a WebDAV server; never part of an address. */
export interface WebdavAccess {
  /** `null` when there is none. */
  readonly user: string | null;
  /** Often one that is made for a single program ("app password"). */
  readonly password: string | null;
  /** Sent instead of user and password. */
  readonly token: string | null;
  /** May be sent in the clear, over `webdav://`, to another machine. */
  readonly allowsHttp?: boolean | undefined;
}
