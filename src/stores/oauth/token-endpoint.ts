import { HoldfastError } from "../../base/errors.ts";
import { exchange, type HttpResponse, jsonOf, type Wire } from "../http/exchange.ts";
import type { CallOptions } from "../store.ts";
import type { Grant } from "./grant.ts";
import type { Provider } from "./provider.ts";

/** What the provider has given. */
export interface Tokens {
  readonly accessToken: string;
  /** Milliseconds since 1970. */
  readonly expiresMs: number;
  /** A new one; `null` when the old one stays. */
  readonly refreshToken: string | null;
  /** When the refresh token ends, where the provider says so; milliseconds since 1970. */
  readonly endsMs: number | null;
}

/** A body of an answer. */
export type Fields = Readonly<Record<string, unknown>>;

/**
 * Sends a form, as RFC 6749 wants it.
 *
 * @throws {HoldfastError} `STORE_UNREACHABLE`, also when the provider is busy; `CANCELLED`
 */
export async function postForm(
  wire: Wire,
  url: string,
  fields: Readonly<Record<string, string>>,
  call: CallOptions & { readonly what: string },
): Promise<{ readonly status: number; readonly fields: Fields }> {
  const response = await exchange(wire, {
    ...call,
    method: "POST",
    url: new URL(url),
    headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
    body: new URLSearchParams(fields).toString(),
  });
  const { status } = response;
  const body = jsonOf(response);
  // 428 is how Google says that the person has not answered yet.
  if (isBusy(response, body)) throw busy(response, call.what);
  return { status, fields: (body ?? {}) as Fields };
}

/**
 * Gets a new access token.
 *
 * @throws {HoldfastError} `STORE_AUTH` when the grant has ended; `CONFIG` when the app is not known;
 *   `STORE_UNREACHABLE`, `CANCELLED`
 */
export async function renew(
  wire: Wire,
  provider: Provider,
  grant: Grant,
  now: () => number,
  options: CallOptions,
): Promise<Tokens> {
  const { clientId, clientSecret, refreshToken } = grant;
  const answer = await postForm(
    wire,
    provider.tokenUrl,
    {
      client_id: clientId,
      ...(clientSecret === null ? {} : { client_secret: clientSecret }),
      grant_type: "refresh_token",
      refresh_token: refreshToken,
      ...(provider.kind === "onedrive" ? { scope: provider.scope } : {}),
    },
    { signal: options.signal, what: `renew the sign-in to ${provider.name}` },
  );
  const tokens = tokensIn(answer.fields, now());
  if (tokens !== null) return tokens;
  throw refused(provider, answer.fields);
}

/** The tokens in an answer; `null` when there are none. */
export function tokensIn(fields: Fields, nowMs: number): Tokens | null {
  const { access_token: accessToken, expires_in: seconds, refresh_token: refreshToken } = fields;
  if (typeof accessToken !== "string" || !/^[\x21-\x7e]+$/.test(accessToken)) return null;
  const endsIn = fields["refresh_token_expires_in"];
  return {
    accessToken,
    expiresMs: nowMs + (typeof seconds === "number" ? seconds : 300) * 1000,
    refreshToken: typeof refreshToken === "string" ? refreshToken : null,
    endsMs: typeof endsIn === "number" ? nowMs + endsIn * 1000 : null,
  };
}

/** Only the name of the error: descriptions may quote what was sent. */
export function refused(provider: Provider, fields: Fields): HoldfastError {
  const { error, error_description: description } = fields;
  const name = typeof error === "string" && /^\w{1,60}$/.test(error) ? error : "no reason";
  const number = typeof description === "string" ? (/AADSTS\d+/.exec(description)?.[0] ?? "") : "";
  const said = number === "" ? name : `${name}, ${number}`;
  const again = `holdfast init ${provider.kind}`;
  if (name === "invalid_client" || name === "unauthorized_client") {
    return new HoldfastError({
      code: "CONFIG",
      message: `${provider.name} does not know the app, or not as one of this kind (${said})`,
      hint: `check ${provider.clientVariable} against the registration of the app, then: ${again}`,
    });
  }
  return new HoldfastError({
    code: "STORE_AUTH",
    message: `${provider.name} no longer accepts the sign-in (${said})`,
    hint: `sign in again with: ${again}; ${provider.ends}`,
  });
}

function isBusy({ status }: HttpResponse, body: unknown): boolean {
  return body === null || status === 408 || status === 429 || status >= 500;
}

function busy({ status }: HttpResponse, what: string): HoldfastError {
  return new HoldfastError({
    code: "STORE_UNREACHABLE",
    message: `could not ${what}: status ${status}`,
    hint: "try again later",
  });
}
