import { HoldfastError, isHoldfastError } from "../../base/errors.ts";
import type { Grant } from "./grant.ts";
import { declined, expired, grantIn, type SignInOptions } from "./sign-in.ts";
import { type Fields, postForm, refused } from "./token-endpoint.ts";

const DEFAULT_INTERVAL_S = 5;
const LONGER_S = 5;
const MAX_CODE_S = 3600;
const GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code";

/**
 * Signs in on a machine without a browser (RFC 8628): somebody opens an address on any machine, types in a
 * code, and agrees; meanwhile the provider is asked as often as it allows.
 *
 * @throws {HoldfastError} `STORE_AUTH` when it was declined, or not done in time; `CONFIG` when the app is not
 *   known, or not of the kind that may do so; `STORE_UNREACHABLE`, `CANCELLED`
 */
export async function signInByDevice(options: SignInOptions): Promise<Grant> {
  const { provider, app, wire, now, signal } = options;
  const what = `begin the sign-in to ${provider.name}`;
  const form = { client_id: app.clientId, scope: provider.scope };
  const { fields } = await postForm(wire, provider.deviceUrl, form, { signal, what });
  const device = deviceOf(fields);
  if (device === null) throw withPaste(options, fields);
  const untilMs = now() + device.seconds * 1000;
  options.onPrompt({ url: device.url, code: device.userCode, untilMs });
  let { intervalS } = device;
  for (;;) {
    await options.wait(intervalS * 1000);
    if (now() >= untilMs) throw expired(options);
    const answer = await poll(options, device.deviceCode);
    const error = answer?.["error"];
    // Also without an answer the person may be typing still.
    if (answer === null || error === "slow_down") intervalS += LONGER_S;
    else if (error === "access_denied" || error === "authorization_declined") throw declined(options);
    else if (error === "expired_token" || error === "code_expired") throw expired(options);
    else if (error !== "authorization_pending") return grantIn(options, answer);
  }
}

/** `null` when there was no answer. */
async function poll(options: SignInOptions, deviceCode: string): Promise<Fields | null> {
  const { provider, app, wire, signal } = options;
  const form = {
    client_id: app.clientId,
    ...(app.clientSecret === null ? {} : { client_secret: app.clientSecret }),
    grant_type: GRANT_TYPE,
    device_code: deviceCode,
  };
  const what = `sign in to ${provider.name}`;
  try {
    return (await postForm(wire, provider.tokenUrl, form, { signal, what })).fields;
  } catch (error) {
    if (isHoldfastError(error, "STORE_UNREACHABLE")) return null;
    throw error;
  }
}

interface Device {
  readonly deviceCode: string;
  readonly userCode: string;
  readonly url: string;
  readonly seconds: number;
  readonly intervalS: number;
}

/** Google calls the address `verification_url`. */
function deviceOf(fields: Fields): Device | null {
  const { device_code: deviceCode, user_code: userCode, expires_in: seconds, interval } = fields;
  const url = fields["verification_uri"] ?? fields["verification_url"];
  if (typeof deviceCode !== "string" || typeof userCode !== "string" || typeof url !== "string") return null;
  return {
    deviceCode,
    userCode,
    url,
    seconds: Math.min(typeof seconds === "number" ? seconds : 900, MAX_CODE_S),
    intervalS: typeof interval === "number" ? Math.max(1, interval) : DEFAULT_INTERVAL_S,
  };
}

/** An app that may not ask for codes can be signed in to in the other way. */
function withPaste({ provider }: SignInOptions, fields: Fields): HoldfastError {
  const error = refused(provider, fields);
  if (provider.authorizeUrl === null) return error;
  return new HoldfastError({
    code: error.code,
    message: error.message,
    hint: `an app of the kind 'Desktop' needs: holdfast init ${provider.kind} --paste; else check ${provider.clientVariable}`,
  });
}
