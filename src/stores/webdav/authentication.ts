import { HoldfastError } from "../../base/errors.ts";
import { WEBDAV_VARIABLES } from "../../base/webdav-variables.ts";
import type { HttpResponse } from "../http/exchange.ts";
import { isLoopback } from "../http/loopback.ts";
import type { WebdavAccess } from "./access.ts";
import { type DigestChallenge, digestChallengeOf, digestHeader } from "./digest.ts";

/** Vouches for requests, in the way that the server asks for. */
export interface Authentication {
  /** What it vouches with; `null` when it has nothing. */
  readonly kind: "password" | "token" | null;
  /** The value of `Authorization`; `null` to go without. */
  header(method: string, url: URL): string | null;
  /**
   * Takes what a server says with 401.
   *
   * @returns whether the same request may be sent once more, with another header
   */
  learn(response: HttpResponse, sent: string | null): boolean;
}

/**
 * Sends a bearer token, or user and password: at once where nobody on the way can read them, else in
 * whichever way the server asks for, of which digest is taken before basic.
 *
 * @throws {HoldfastError} `CONFIG` when something cannot be sent, or a user or password is missing
 */
export function createAuthentication(access: WebdavAccess, base: URL): Authentication {
  const { user, password } = access;
  if (access.token !== null) return fixed(`Bearer ${checked(access.token, WEBDAV_VARIABLES.token)}`);
  if (user === null && password === null) return { kind: null, header: () => null, learn: () => false };
  if (user === null || password === null) throw half(user === null ? "user" : "password");
  if (user.includes(":")) throw unusable(WEBDAV_VARIABLES.user, "a colon, which no user may have");
  const basic = `Basic ${Buffer.from(`${user}:${password}`, "utf8").toString("base64")}`;
  return challenged(basic, user, password, base.protocol === "https:" || isLoopback(base));
}

function fixed(value: string): Authentication {
  return { kind: "token", header: () => value, learn: () => false };
}

function challenged(basic: string, user: string, password: string, isBasicAtOnce: boolean): Authentication {
  let isBasic = isBasicAtOnce;
  let challenge: DigestChallenge | null = null;
  let count = 0;
  return {
    kind: "password",
    header(method, url) {
      if (challenge === null) return isBasic ? basic : null;
      count += 1;
      return digestHeader(challenge, { method, uri: `${url.pathname}${url.search}`, user, password, count });
    },
    learn(response, sent) {
      const asked = response.header("www-authenticate") ?? "";
      const offered = digestChallengeOf(asked);
      if (offered !== null) {
        // Another request may have learnt the same meanwhile, and its nonce is counted already.
        if (challenge?.nonce !== offered.nonce) [challenge, count] = [offered, 0];
        return !(sent?.includes(`nonce="${offered.nonce}"`) ?? false);
      }
      if (isBasic || !/\bbasic\b/i.test(asked)) return false;
      isBasic = true;
      return true;
    },
  };
}

function half(missing: "user" | "password"): HoldfastError {
  const there = missing === "user" ? "password" : "user";
  return new HoldfastError({
    code: "CONFIG",
    message: `the variable ${WEBDAV_VARIABLES[there]} is set, and ${WEBDAV_VARIABLES[missing]} is not`,
    hint: "set both, or neither",
  });
}

/** A header that cannot be sent would be quoted in the error of whoever tries. */
function checked(token: string, variable: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw unusable(variable, "characters that no token has");
}

function unusable(variable: string, what: string): HoldfastError {
  return new HoldfastError({
    code: "CONFIG",
    message: `the variable ${variable} has ${what}`,
    hint: "copy it again, without quotation marks and line breaks",
  });
}
