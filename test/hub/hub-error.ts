/** The codes that the Hub sends in `X-Error-Code`. */
export type HubErrorCode = "RepoNotFound" | "RevisionNotFound" | "EntryNotFound";

/** An answer that says what is wrong, in the Hub's own words. */
export class HubError extends Error {
  readonly status: number;
  readonly code: HubErrorCode | null;
  readonly headers: Readonly<Record<string, string>>;
  /** More fields of the body, where that is JSON. */
  readonly fields: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    options: {
      readonly code?: HubErrorCode;
      readonly headers?: Readonly<Record<string, string>>;
      readonly fields?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(message);
    this.name = "HubError";
    this.status = status;
    this.code = options.code ?? null;
    this.headers = options.headers ?? {};
    this.fields = options.fields ?? {};
  }
}

/** The same for a repository that is not there and for one that this user may not see. */
export function repoNotFound(): HubError {
  return new HubError(404, "Repository not found", { code: "RepoNotFound" });
}

/** For a path that the revision lacks. */
export function entryNotFound(message = "Entry not found"): HubError {
  return new HubError(404, message, { code: "EntryNotFound" });
}

/** For whoever is not logged in, whether the repository is private or missing. */
export function notLoggedIn(): HubError {
  return new HubError(401, "Invalid username or password.", {
    headers: { "www-authenticate": 'Bearer realm="Authentication required", charset="UTF-8"' },
  });
}
