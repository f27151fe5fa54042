import { createHash, createHmac } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { S3Profile } from "./profiles.ts";
import { S3Error } from "./s3-error.ts";

/** A pair of keys, and what they may do. */
export interface Account {
  readonly id: string;
  readonly secret: string;
  readonly token: string | null;
  /** By the clock of the server; `null` for keys that last. */
  expiresMs: number | null;
  isRevoked: boolean;
  rights: ReadonlySet<Right>;
}

/** What an account may do. */
export type Right = "list" | "read" | "write" | "remove";

/** A request to check. */
export interface SignedRequest {
  readonly method: string;
  /** As on the wire. */
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly profile: S3Profile;
  /** Of the bucket. */
  readonly region: string;
  readonly nowMs: number;
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/;
const MAX_SKEW_MS = 15 * 60_000;

/** Who has signed a request, by Signature Version 4; strict where servers are lenient. */
export function signerOf(request: SignedRequest, accounts: ReadonlyMap<string, Account>): Account {
  const match = AUTHORIZATION.exec(request.headers.authorization ?? "");
  if (match === null) throw new S3Error(400, "AuthorizationHeaderMalformed", "The header is malformed.");
  const [, id = "", day = "", region = "", signed = "", signature = ""] = match;
  const account = accounts.get(id);
  if (account === undefined || account.isRevoked)
    throw new S3Error(
      403,
      "InvalidAccessKeyId",
      "The Access Key Id you provided does not exist in our records.",
    );
  const date = headerOf(request, "x-amz-date");
  checkTime(request, date, day);
  checkRegion(request, region);
  checkSignedHeaders(request, signed.split(";"));
  const payload = checkPayload(request);
  const canonical = [
    request.method,
    encoded(decodeURIComponent(request.path), true),
    canonicalQuery(request.query),
    ...signed.split(";").map((name) => `${name}:${headerOf(request, name).trim().replaceAll(/ +/g, " ")}`),
    "",
    signed,
    payload,
  ].join("\n");
  const scope = `${day}/${region}/s3/aws4_request`;
  const text = ["AWS4-HMAC-SHA256", date, scope, sha256(canonical)].join("\n");
  const key = [day, region, "s3", "aws4_request"].reduce<string | Buffer>(hmac, `AWS4${account.secret}`);
  if (hmac(key, text).toString("hex") !== signature)
    throw new S3Error(403, "SignatureDoesNotMatch", "The request signature we calculated does not match.");
  checkToken(request, account);
  return account;
}

function checkTime({ nowMs }: SignedRequest, date: string, day: string): void {
  const iso = date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z");
  if (!date.startsWith(day)) throw new S3Error(403, "SignatureDoesNotMatch", "The days differ.");
  if (!(Math.abs(Date.parse(iso) - nowMs) <= MAX_SKEW_MS))
    throw new S3Error(
      403,
      "RequestTimeTooSkewed",
      "The difference between the request time and ours is too large.",
    );
}

function checkRegion({ profile, region }: SignedRequest, signed: string): void {
  if ((profile.regions ?? [region]).includes(signed)) return;
  throw new S3Error(
    400,
    "AuthorizationHeaderMalformed",
    `the region '${signed}' is wrong; expecting '${region}'`,
    {
      details: { Region: region },
    },
  );
}

function checkSignedHeaders({ headers }: SignedRequest, signed: readonly string[]): void {
  const wanted = Object.keys(headers).filter((name) => /^x-(amz|oss|cos)-/.test(name));
  const missing = ["host", ...wanted].find((name) => !signed.includes(name));
  if (missing !== undefined)
    throw new S3Error(
      403,
      "AccessDenied",
      `There were headers present in the request which were not signed: ${missing}`,
    );
}

function checkPayload(request: SignedRequest): string {
  const told = headerOf(request, "x-amz-content-sha256");
  if (told.startsWith("STREAMING-") || request.headers["content-encoding"] === "aws-chunked")
    throw new S3Error(501, "NotImplemented", "Chunked uploads are not implemented.");
  if (told === "UNSIGNED-PAYLOAD" && request.profile.allowsUnsignedPayload) return told;
  if (told !== sha256(request.body))
    throw new S3Error(
      400,
      "XAmzContentSHA256Mismatch",
      "The provided hash does not match what was computed.",
    );
  return told;
}

function checkToken(request: SignedRequest, { token, expiresMs }: Account): void {
  if (token !== null && request.headers["x-amz-security-token"] !== token)
    throw new S3Error(403, "InvalidToken", "The provided token is malformed or otherwise invalid.");
  if (expiresMs !== null && request.nowMs >= expiresMs)
    throw new S3Error(400, "ExpiredToken", "The provided token has expired.");
}

function canonicalQuery(query: string): string {
  return query
    .split("&")
    .filter((part) => part !== "")
    .map((part) => {
      const [name = "", value = ""] = part
        .split("=", 2)
        .map((text) => encoded(decodeURIComponent(text), false));
      return `${name}=${value}`;
    })
    .sort()
    .join("&");
}

/** As RFC 3986 wants it, and no more. */
function encoded(text: string, keepsSlashes: boolean): string {
  const strict = encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return keepsSlashes ? strict.replaceAll("%2F", "/") : strict;
}

function headerOf({ headers }: SignedRequest, name: string): string {
  const value = headers[name];
  return Array.isArray(value) ? value.join(",") : (value ?? "");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function sha256(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}
