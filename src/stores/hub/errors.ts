import { HoldfastError } from "../../base/errors.ts";
import { HUB_ENDPOINT } from "./access.ts";
import { errorCodeOf, errorMessageOf, type HubResponse } from "./response.ts";

/** What the words of an error need to know. */
export interface ErrorContext {
  /** `namespace/name`. */
  readonly repo: string;
  readonly hasToken: boolean;
}

const TOKENS = `${HUB_ENDPOINT}/settings/tokens`;

/**
 * An answer that is not the one hoped for, as an error.
 *
 * @param what what could not be done, to follow "could not"
 */
export function hubError(response: HubResponse, what: string, context: ErrorContext): HoldfastError {
  const { status } = response;
  const message = errorMessageOf(response);
  const said = message === "" ? `status ${status}` : `status ${status}: ${message}`;
  if (status === 401) return refusedToken(context, message);
  if (/storage (limit|quota)|quota exceeded|over(\s|-)?quota|storage patterns/i.test(message)) {
    return new HoldfastError({
      code: "DISK_FULL",
      message: `could not ${what}: the account has no storage left (${said})`,
      hint: "look at what is kept with: holdfast snapshots --usage; free some with: holdfast forget --prune",
    });
  }
  if (status === 402 || status === 403) return forbidden(said, what, context);
  if (status === 404 && errorCodeOf(response) === "RepoNotFound") return missingRepo(context);
  if (status === 404) return new HoldfastError({ code: "NOT_FOUND", message: `could not ${what}: ${said}` });
  if (status === 429 || status >= 500 || status === 408) return unreachable(`could not ${what}: ${said}`);
  return new HoldfastError({
    code: "FAILED",
    message: `could not ${what}: the Hub answered with ${said}`,
    hint: "if it does so again, it may have changed: look for a newer version of holdfast",
  });
}

/** 401: the Hub says the same of a repository that is missing and of one that it does not show. */
function refusedToken({ repo, hasToken }: ErrorContext, message: string): HoldfastError {
  if (hasToken) {
    return new HoldfastError({
      code: "STORE_AUTH",
      message: `the Hub does not know the token in HF_TOKEN${message === "" ? "" : ` (${message})`}`,
      hint: `it may have been revoked; make a new one that may write, at ${TOKENS}`,
    });
  }
  return new HoldfastError({
    code: "STORE_AUTH",
    message: `the Hub shows no dataset ${repo} without a token: it is private, or does not exist`,
    hint: `set HF_TOKEN to a token that may write, from ${TOKENS}`,
  });
}

function forbidden(said: string, what: string, { repo }: ErrorContext): HoldfastError {
  return new HoldfastError({
    code: "STORE_AUTH",
    message: `could not ${what}: the token in HF_TOKEN may not do that with the dataset ${repo} (${said})`,
    hint: `it needs the right to write to the content of ${repo}; give it that at ${TOKENS}`,
  });
}

/** 404 with a token that is known: the Hub does not tell a missing repository from a hidden one. */
export function missingRepo({ repo }: ErrorContext): HoldfastError {
  return new HoldfastError({
    code: "STORE_AUTH",
    message: `there is no dataset ${repo}, or the token in HF_TOKEN may not see it: the Hub does not tell the two apart`,
    hint: `check the name; a token of the kind 'fine-grained' has to name ${repo}, at ${TOKENS}`,
  });
}

/** What to do when the Hub does not answer. */
export const UNREACHABLE_HINT =
  "try again later; the state of the Hub is shown at https://status.huggingface.co";

/** What may pass. */
export function unreachable(message: string, cause?: unknown): HoldfastError {
  return new HoldfastError({
    code: "STORE_UNREACHABLE",
    message,
    hint: UNREACHABLE_HINT,
    cause,
  });
}

/** Everybody could read it. */
export function publicRepo({ repo }: ErrorContext): HoldfastError {
  return new HoldfastError({
    code: "STORE_PUBLIC",
    message: `the dataset ${repo} is public, and nothing is read from it or written to it`,
    hint: `make it private at ${HUB_ENDPOINT}/datasets/${repo}/settings, or name another one`,
  });
}
