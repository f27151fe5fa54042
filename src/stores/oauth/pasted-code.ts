import { createHash, randomBytes } from "node:crypto";
import { HoldfastError } from "../../base/errors.ts";
import type { Grant } from "./grant.ts";
import { declined, grantIn, type SignInOptions } from "./sign-in.ts";
import { postForm } from "./token-endpoint.ts";

/**
 * Nobody listens there: the browser fails to open the page, and its address has the code. Whoever did listen
 * could do nothing with it without what is kept here (RFC 7636).
 */
const REDIRECT = "http://127.0.0.1:53147";

/**
 * Signs in with a browser on any machine: somebody opens an address, agrees, and brings back the address of
 * the page that then fails to open, or the code in it.
 *
 * @param readPasted what somebody brings back
 * @throws {HoldfastError} `STORE_AUTH` when it was declined, or what is brought back is no code for us;
 *   `CONFIG`, `STORE_UNREACHABLE`, `CANCELLED`
 */
export async function signInByPaste(
  options: SignInOptions,
  readPasted: () => Promise<string>,
): Promise<Grant> {
  const { provider, app, wire, signal } = options;
  if (provider.authorizeUrl === null) throw notOffered(options);
  const verifier = randomBytes(48).toString("base64url");
  const state = randomBytes(16).toString("base64url");
  const url = new URL(provider.authorizeUrl);
  const parameters = {
    client_id: app.clientId,
    response_type: "code",
    scope: provider.scope,
    redirect_uri: REDIRECT,
    state,
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    access_type: "offline",
    prompt: "consent",
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  options.onPrompt({ url: url.href, code: null, untilMs: null });
  const code = codeIn(await readPasted(), state, options);
  const form = {
    client_id: app.clientId,
    ...(app.clientSecret === null ? {} : { client_secret: app.clientSecret }),
    grant_type: "authorization_code",
    code,
    code_verifier: verifier,
    redirect_uri: REDIRECT,
  };
  const what = `sign in to ${provider.name}`;
  return grantIn(options, (await postForm(wire, provider.tokenUrl, form, { signal, what })).fields);
}

/** The code in what was brought back: the code itself, or the address that has it. */
function codeIn(pasted: string, state: string, options: SignInOptions): string {
  const text = pasted.trim();
  const query = /[?&](?:code|error)=/.test(text)
    ? new URLSearchParams(text.slice(text.indexOf("?") + 1))
    : null;
  if (query?.get("error") === "access_denied") throw declined(options);
  const code = query === null ? text : (query.get("code") ?? "");
  const isOurs = query === null || query.get("state") === state;
  if (isOurs && /^[\w/.~-]{4,512}$/.test(code)) return code;
  throw new HoldfastError({
    code: "STORE_AUTH",
    message: isOurs
      ? "what was pasted is neither a code nor an address with one"
      : "what was pasted belongs to another sign-in",
    hint: "open the address that was just shown, and paste the whole address of the page that fails to open",
  });
}

function notOffered({ provider }: SignInOptions): HoldfastError {
  return new HoldfastError({
    code: "CONFIG",
    message: `${provider.name} is signed in to with a code only`,
    hint: "leave out --paste",
  });
}
