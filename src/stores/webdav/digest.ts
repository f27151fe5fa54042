import { createHash, randomBytes } from "node:crypto";

/** What a server asks for with `WWW-Authenticate: Digest …` (RFC 7616). */
export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | null;
  /** As the server writes it; `null` for MD5. */
  readonly algorithm: string | null;
  /** Without it, the server speaks the older RFC 2069. */
  readonly hasQop: boolean;
  readonly isUserHashed: boolean;
}

/** One request to be vouched for. */
export interface DigestRequest {
  readonly method: string;
  /** Path and query, as they are sent. */
  readonly uri: string;
  readonly user: string;
  readonly password: string;
  /** How often the nonce was used, this time included. */
  readonly count: number;
  /** Random; left out outside of tests. */
  readonly clientNonce?: string;
}

const HASHES: Readonly<Record<string, string>> = {
  md5: "md5",
  "sha-256": "sha256",
  "sha-512-256": "sha512-256",
};
/** One parameter of a challenge: `name="value"` or `name=value`. */
const PARAMETER = /([a-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/gi;

/**
 * The strongest challenge of a `WWW-Authenticate` header that can be answered; `null` when there is none.
 * Several challenges may stand in one header, one after the other.
 */
export function digestChallengeOf(header: string): DigestChallenge | null {
  const found = header
    .split(/(?:^|,\s*)(?=[a-z]+\s+[a-z]+\s*=)/i)
    .filter((challenge) => /^\s*digest\s/i.test(challenge))
    .map(parse)
    .filter((challenge) => challenge !== null && hashOf(challenge) !== undefined);
  return found.find((challenge) => hashOf(challenge as DigestChallenge) !== "md5") ?? found[0] ?? null;
}

/** The `Authorization` header that answers a challenge. */
export function digestHeader(challenge: DigestChallenge, request: DigestRequest): string {
  const { realm, nonce, opaque, algorithm, hasQop, isUserHashed } = challenge;
  const { method, uri, user, password } = request;
  const hash = (text: string): string =>
    createHash(hashOf(challenge) ?? "md5")
      .update(text)
      .digest("hex");
  const clientNonce = request.clientNonce ?? randomBytes(16).toString("hex");
  const count = request.count.toString(16).padStart(8, "0");
  const secret = hash(`${user}:${realm}:${password}`);
  const session = /-sess$/i.test(algorithm ?? "") ? hash(`${secret}:${nonce}:${clientNonce}`) : secret;
  const called = hash(`${method}:${uri}`);
  const response = hasQop
    ? hash(`${session}:${nonce}:${count}:${clientNonce}:auth:${called}`)
    : hash(`${session}:${nonce}:${called}`);
  const fields = [
    `username=${quoted(isUserHashed ? hash(`${user}:${realm}`) : byteString(user))}`,
    `realm=${quoted(realm)}`,
    `nonce=${quoted(nonce)}`,
    `uri=${quoted(uri)}`,
    `response="${response}"`,
    ...(algorithm === null ? [] : [`algorithm=${algorithm}`]),
    ...(opaque === null ? [] : [`opaque=${quoted(opaque)}`]),
    ...(hasQop || session !== secret ? [`qop=auth`, `nc=${count}`, `cnonce="${clientNonce}"`] : []),
    ...(isUserHashed ? ["userhash=true"] : []),
  ];
  return `Digest ${fields.join(", ")}`;
}

function parse(challenge: string): DigestChallenge | null {
  const values = new Map<string, string>();
  for (const [, name = "", text, token] of challenge.matchAll(PARAMETER))
    values.set(name.toLowerCase(), text?.replaceAll(/\\(.)/g, "$1") ?? token ?? "");
  const realm = values.get("realm");
  const nonce = values.get("nonce");
  const qop = values.get("qop");
  if (realm === undefined || nonce === undefined) return null;
  // Only "auth-int" would need the body in the hash; no server is known to insist on it.
  if (qop !== undefined && !qop.split(/[\s,]+/).includes("auth")) return null;
  return {
    realm,
    nonce,
    opaque: values.get("opaque") ?? null,
    algorithm: values.get("algorithm") ?? null,
    hasQop: qop !== undefined,
    isUserHashed: values.get("userhash")?.toLowerCase() === "true",
  };
}

function hashOf({ algorithm }: DigestChallenge): string | undefined {
  return HASHES[(algorithm ?? "md5").toLowerCase().replace(/-sess$/, "")];
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

/** A header takes one character for each byte. */
function byteString(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}
