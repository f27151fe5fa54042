import { HoldfastError, isHoldfastError } from "../../base/errors.ts";
import { fileError } from "../../base/file-error.ts";
import { checkCancelled } from "../cancelled.ts";
import type { Wire } from "../http/exchange.ts";
import type { CallOptions } from "../store.ts";
import type { DriveAccess } from "./access.ts";
import { fingerprintOf, parseLine } from "./grant.ts";
import type { Provider } from "./provider.ts";
import { renew } from "./token-endpoint.ts";
import { type KeptGrant, makeTokenFolder, readKept, writeKept } from "./token-file.ts";
import { withTokenLock } from "./token-lock.ts";

/** Where access tokens come from. */
export interface TokenSource {
  /**
   * A token that is valid for a minute at least.
   *
   * @param refused one that the provider has just refused, and that is not given again
   * @throws {HoldfastError} `STORE_AUTH` when nobody is signed in, or no longer; `CONFIG`,
   *   `STORE_UNREACHABLE`, `CANCELLED`
   */
  accessToken(options: CallOptions, refused?: string): Promise<string>;
}

/** What a token source is made of. */
export interface TokenSourceOptions {
  readonly provider: Provider;
  readonly access: DriveAccess;
  readonly wire: Wire;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const SPARE_MS = 60_000;

/**
 * Gives access tokens, and renews them. One process renews at a time, under the lock of the token file; the
 * others find what it has written. A line in the environment counts as long as the file has nothing that
 * came from the very same line. A file that cannot be written is done without where there is a line: the
 * older token stays valid for its time.
 */
export function createTokenSource(options: TokenSourceOptions): TokenSource {
  const { now } = options;
  let known: KeptGrant | null = null;
  let renewing: Promise<KeptGrant> | null = null;

  return {
    async accessToken(callOptions, refused) {
      checkCancelled(callOptions);
      if (isUsable(known, now(), refused)) return known.accessToken;
      // Shared by all that wait for it, so that none of them can give it up for the others.
      renewing ??= fresh(options, known, refused).finally(() => {
        renewing = null;
      });
      known = await renewing;
      checkCancelled(callOptions);
      if (known.accessToken === null) throw notSignedIn(options.provider);
      return known.accessToken;
    },
  };
}

type Usable = KeptGrant & { readonly accessToken: string };

function isUsable(kept: KeptGrant | null, nowMs: number, refused: string | undefined): kept is Usable {
  if (kept === null || kept.accessToken === null || kept.accessToken === refused) return false;
  return kept.expiresMs - SPARE_MS > nowMs;
}

async function fresh(
  options: TokenSourceOptions,
  known: KeptGrant | null,
  refused: string | undefined,
): Promise<KeptGrant> {
  const { access, provider } = options;
  const given = access.token === null ? null : fromLine(provider, access.token);
  const { tokenFile } = access;
  if (tokenFile === null) return renewFirst(options, [known, given], refused);
  let inside: KeptGrant | null = null;
  try {
    await makeTokenFolder(tokenFile);
    return await withTokenLock(`${tokenFile}.lock`, async () => {
      const kept = await readKept(tokenFile, provider.kind);
      const mine = given === null || kept?.origin === given.origin ? kept : null;
      inside = await renewFirst(options, [mine, given], refused);
      if (inside !== mine) await writeKept(tokenFile, provider.kind, inside);
      return inside;
    });
  } catch (error) {
    if (isHoldfastError(error)) throw error;
    if (given === null) throw fileError(error, `could not keep the tokens in ${tokenFile}`);
    return inside ?? renewFirst(options, [known, given], refused);
  }
}

/** With the newest grant first, then what it came from, should that be accepted still. */
async function renewFirst(
  options: TokenSourceOptions,
  grants: readonly (KeptGrant | null)[],
  refused: string | undefined,
): Promise<KeptGrant> {
  let failure: HoldfastError = notSignedIn(options.provider);
  for (const grant of grants) {
    if (grant === null) continue;
    if (isUsable(grant, options.now(), refused)) return grant;
    try {
      return await renewed(options, grant);
    } catch (error) {
      if (!isHoldfastError(error, "STORE_AUTH")) throw error;
      failure = error;
    }
  }
  throw failure;
}

async function renewed({ wire, provider, now }: TokenSourceOptions, grant: KeptGrant): Promise<KeptGrant> {
  const tokens = await renew(wire, provider, grant, now, {});
  const isNew = tokens.refreshToken !== null && tokens.refreshToken !== grant.refreshToken;
  return {
    ...grant,
    refreshToken: tokens.refreshToken ?? grant.refreshToken,
    givenMs: isNew ? now() : grant.givenMs,
    endsMs: tokens.endsMs ?? grant.endsMs,
    accessToken: tokens.accessToken,
    expiresMs: tokens.expiresMs,
  };
}

function fromLine(provider: Provider, line: string): KeptGrant {
  return { ...parseLine(provider, line), origin: fingerprintOf(line), accessToken: null, expiresMs: 0 };
}

function notSignedIn({ name, kind, tokenVariable }: Provider): HoldfastError {
  return new HoldfastError({
    code: "STORE_AUTH",
    message: `nobody is signed in to ${name}`,
    hint: `sign in with: holdfast init ${kind}; on a host, set ${tokenVariable} to what --print prints`,
  });
}
