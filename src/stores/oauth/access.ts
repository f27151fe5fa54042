/** What signs in to a drive, as the caller gives it. */
export interface DriveAccess {
  /** The line that `holdfast init … --print` has printed; `null` when there is none. */
  readonly token: string | null;
  /** Where the tokens of this user are kept, and renewed ones written back; `null` to keep none. */
  readonly tokenFile: string | null;
}

/** The app that somebody signs in to: client ids are configuration, none is built in. */
export interface DriveApp {
  readonly clientId: string;
  /** Google gives one to every app; Microsoft needs none. */
  readonly clientSecret: string | null;
}
