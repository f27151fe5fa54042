import { fetchFor, type Fetch } from "../base/fetch.ts";
import { fileError } from "../base/file-error.ts";
import type { DriveApp } from "../stores/oauth/access.ts";
import { signInByDevice } from "../stores/oauth/device-flow.ts";
import { type Grant, lineOf } from "../stores/oauth/grant.ts";
import { signInByPaste } from "../stores/oauth/pasted-code.ts";
import { type DriveKind, PROVIDERS } from "../stores/oauth/provider.ts";
import type { SignInPrompt } from "../stores/oauth/sign-in.ts";
import { makeTokenFolder, writeKept } from "../stores/oauth/token-file.ts";
import { withTokenLock } from "../stores/oauth/token-lock.ts";
import type { CallOptions } from "../stores/store.ts";
import { waitFor } from "../stores/wait.ts";
import { atBorder } from "./border.ts";

export type { DriveApp } from "../stores/oauth/access.ts";
export type { DriveKind } from "../stores/oauth/provider.ts";
export type { SignInPrompt } from "../stores/oauth/sign-in.ts";

/** Which drive to sign in to, and how. */
export interface SignInRequest extends CallOptions {
  readonly drive: DriveKind;
  readonly app: DriveApp;
  /** Where to keep what comes of it; `null` to give it as a line instead, and keep nothing. */
  readonly tokenFile: string | null;
  /** Tells what somebody has to do now. */
  readonly onPrompt: (prompt: SignInPrompt) => void;
  /** Gives what somebody brings back from the browser; left out to sign in with a code. */
  readonly readPasted?: (() => Promise<string>) | undefined;
  /** Node's own when left out, or one that goes through the proxy of the environment. */
  readonly fetch?: Fetch | undefined;
  /** Milliseconds since 1970; the time of this machine when left out. */
  readonly clock?: (() => number) | undefined;
  /** What waits in a test. */
  readonly sleep?: ((delayMs: number, signal: AbortSignal | undefined) => Promise<void>) | undefined;
}

/** What was done, as `holdfast init --json` shows it. */
export interface SignInResult {
  readonly drive: DriveKind;
  /** The file that has the sign-in now; `null` when it was only given. */
  readonly token_file: string | null;
  /** A secret: one line for a host; `null` when it was kept in the file. */
  readonly token: string | null;
  /** When it ends if it is not renewed before; `null` when nobody knows. */
  readonly ends: string | null;
}

const DAY_MS = 86_400_000;
/** What Microsoft gives a token that nobody uses. */
const MICROSOFT_DAYS = 90;

/**
 * Signs in to a drive on a machine without a browser.
 *
 * @throws {HoldfastError} `STORE_AUTH` when it was declined, or not done in time; `CONFIG` when the provider does
 *   not know the app; `STORE_UNREACHABLE`, `CANCELLED`, `PERMISSION`, `DISK_FULL`
 * @example
 * ```ts
 * await signIn({ drive: "onedrive", app, tokenFile, onPrompt: ({ url, code }) => console.log(url, code) });
 * ```
 */
export function signIn(request: SignInRequest): Promise<SignInResult> {
  const { drive, app, tokenFile, signal, sleep, onPrompt, readPasted, clock: now = Date.now } = request;
  const provider = PROVIDERS[drive];
  return atBorder(`could not sign in to ${provider.name}`, async () => {
    const wire = { fetch: request.fetch ?? (await fetchFor(process.env)) };
    const wait = (delayMs: number): Promise<void> => waitFor(delayMs, { signal }, sleep);
    const options = { provider, app, wire, now, wait, onPrompt, signal };
    const grant =
      readPasted === undefined ? await signInByDevice(options) : await signInByPaste(options, readPasted);
    if (tokenFile !== null) await keep(tokenFile, drive, grant);
    return {
      drive,
      token_file: tokenFile,
      token: tokenFile === null ? lineOf(drive, grant) : null,
      ends: endOf(drive, grant),
    };
  });
}

async function keep(path: string, drive: DriveKind, grant: Grant): Promise<void> {
  try {
    await makeTokenFolder(path);
    await withTokenLock(`${path}.lock`, () =>
      writeKept(path, drive, { ...grant, origin: null, accessToken: null, expiresMs: 0 }),
    );
  } catch (error) {
    throw fileError(error, `could not keep the tokens in ${path}`);
  }
}

function endOf(drive: DriveKind, { givenMs, endsMs }: Grant): string | null {
  const ms = endsMs ?? (drive === "onedrive" ? givenMs + MICROSOFT_DAYS * DAY_MS : null);
  return ms === null ? null : new Date(ms).toISOString();
}
