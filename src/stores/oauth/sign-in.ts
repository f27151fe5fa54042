import { HoldfastError } from "../../base/errors.ts";
import type { Wire } from "../http/exchange.ts";
import type { CallOptions } from "../store.ts";
import type { DriveApp } from "./access.ts";
import type { Grant } from "./grant.ts";
import type { Provider } from "./provider.ts";
import { type Fields, refused, tokensIn } from "./token-endpoint.ts";

/** What a person has to do now. */
export interface SignInPrompt {
  /** Where, with any browser on any machine. */
  readonly url: string;
  /** What to type in there; `null` where the address says all, and what comes of it is brought back here. */
  readonly code: string | null;
  /** Until when; milliseconds since 1970. */
  readonly untilMs: number | null;
}

/** What a sign-in needs. */
export interface SignInOptions extends CallOptions {
  readonly provider: Provider;
  readonly app: DriveApp;
  readonly wire: Wire;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Waits; throws `CANCELLED`. */
  readonly wait: (delayMs: number) => Promise<void>;
  readonly onPrompt: (prompt: SignInPrompt) => void;
}

/**
 * The grant in an answer to whoever has signed in.
 *
 * @throws {HoldfastError} `STORE_AUTH` when there is none, `CONFIG` when the app is not known
 */
export function grantIn({ provider, app, now }: SignInOptions, fields: Fields): Grant {
  const tokens = tokensIn(fields, now());
  if (tokens === null) throw refused(provider, fields);
  const { refreshToken, endsMs } = tokens;
  if (refreshToken !== null) return { ...app, refreshToken, givenMs: now(), endsMs };
  throw new HoldfastError({
    code: "STORE_AUTH",
    message: `${provider.name} has given nothing to come back with`,
    hint: "remove the app from the account, and sign in again",
  });
}

/** Whoever was asked has said no. */
export function declined({ provider }: SignInOptions): HoldfastError {
  return new HoldfastError({
    code: "STORE_AUTH",
    message: `the sign-in to ${provider.name} was declined`,
    hint: `to try again: holdfast init ${provider.kind}`,
  });
}

/** Nobody has answered in time. */
export function expired({ provider }: SignInOptions): HoldfastError {
  return new HoldfastError({
    code: "STORE_AUTH",
    message: `nobody has signed in to ${provider.name} before the code ended`,
    hint: `for a new code: holdfast init ${provider.kind}`,
  });
}
