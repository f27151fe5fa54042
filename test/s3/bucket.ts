import { createHash } from "node:crypto";
import type { S3Profile } from "./profiles.ts";
import { escaped, S3Error } from "./s3-error.ts";

/** What a bucket holds, and what holds for it. */
export interface Bucket {
  readonly name: string;
  readonly region: string;
  /** Everybody may list and read it. */
  isPublic: boolean;
  /** `null` for as much as there is. */
  quotaBytes: number | null;
  readonly objects: Map<string, Buffer>;
}

/** An answer of the stand-in. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

const MAX_KEY_BYTES = 1024;

/** Looks whether an object may have this key. */
export function checkKey(profile: S3Profile, key: string): void {
  if (Buffer.byteLength(key) > MAX_KEY_BYTES)
    throw new S3Error(400, "KeyTooLongError", "Your key is too long");
  if (profile.badKeys.test(key)) throw new S3Error(400, "InvalidObjectName", "Object name is not allowed.");
}

/** Stores an object, or refuses to replace one. */
export function putObject(
  profile: S3Profile,
  bucket: Bucket,
  key: string,
  { headers, body }: { readonly headers: Readonly<Record<string, unknown>>; readonly body: Buffer },
): Answer {
  if (headers["content-length"] === undefined)
    throw new S3Error(411, "MissingContentLength", "You must provide the Content-Length HTTP header.");
  const condition = headers["if-none-match"];
  if (condition !== undefined && profile.condition === "refused")
    throw new S3Error(
      501,
      "NotImplemented",
      "A header you provided implies functionality that is not implemented",
    );
  if (condition !== undefined && condition !== "*") throw new S3Error(501, "NotImplemented", "Only * is.");
  const isTaken = bucket.objects.has(key);
  if (condition === "*" && isTaken)
    throw new S3Error(
      412,
      "PreconditionFailed",
      "At least one of the pre-conditions you specified did not hold",
    );
  const forbids = profile.forbidHeader !== null && headers[profile.forbidHeader] === "true";
  if (forbids && isTaken)
    throw new S3Error(409, "FileAlreadyExists", "The object you specified already exists.");
  const usedBytes = [...bucket.objects.values()].reduce((sum, { length }) => sum + length, 0);
  if (bucket.quotaBytes !== null && usedBytes + body.length > bucket.quotaBytes)
    throw new S3Error(...profile.full);
  bucket.objects.set(key, body);
  return { status: 200, headers: { etag: etagOf(body) } };
}

/** An object, or the part of it that a header `Range` names. */
export function getObject({ objects }: Bucket, key: string, range: string | undefined): Answer {
  const bytes = objects.get(key);
  if (bytes === undefined) throw new S3Error(404, "NoSuchKey", "The specified key does not exist.");
  const headers = {
    etag: etagOf(bytes),
    "accept-ranges": "bytes",
    "content-type": "application/octet-stream",
  };
  const [, from, to] = /^bytes=(\d+)-(\d+)?$/.exec(range ?? "") ?? [];
  if (from === undefined) return { status: 200, headers, body: bytes };
  const first = Number(from);
  const last = Math.min(to === undefined ? Number.POSITIVE_INFINITY : Number(to), bytes.length - 1);
  if (first >= bytes.length)
    throw new S3Error(416, "InvalidRange", "The requested range is not satisfiable", {
      headers: { "content-range": `bytes */${bytes.length}` },
    });
  return {
    status: 206,
    headers: { ...headers, "content-range": `bytes ${first}-${last}/${bytes.length}` },
    body: bytes.subarray(first, last + 1),
  };
}

/** One page of a list, as ListObjectsV2 gives it. */
export function listObjects({ name, objects }: Bucket, query: URLSearchParams, pageSize: number): Answer {
  if (query.get("list-type") !== "2") throw new S3Error(501, "NotImplemented", "Only ListObjectsV2 is.");
  const prefix = query.get("prefix") ?? "";
  const token = query.get("continuation-token");
  const after = token === null ? (query.get("start-after") ?? "") : fromToken(token);
  const most = Math.min(pageSize, Number(query.get("max-keys") ?? 1000));
  const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
  const shown = keys.slice(0, most);
  const isEncoded = query.get("encoding-type") === "url";
  const write = (text: string): string =>
    escaped(isEncoded ? encodeURIComponent(text).replaceAll("%20", "+").replaceAll("%2F", "/") : text);
  const contents = shown.map((key) => {
    const bytes = objects.get(key) ?? Buffer.alloc(0);
    return `<Contents><Key>${write(key)}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>${escaped(etagOf(bytes))}</ETag><Size>${bytes.length}</Size><StorageClass>STANDARD</StorageClass></Contents>`;
  });
  const isCut = shown.length < keys.length;
  const body = [
    '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">',
    `<Name>${name}</Name><Prefix>${write(prefix)}</Prefix><KeyCount>${shown.length}</KeyCount><MaxKeys>${most}</MaxKeys>`,
    isEncoded ? "<EncodingType>url</EncodingType>" : "",
    `<IsTruncated>${isCut}</IsTruncated>`,
    isCut ? `<NextContinuationToken>${toToken(shown.at(-1) ?? "")}</NextContinuationToken>` : "",
    ...contents,
    "</ListBucketResult>",
  ].join("");
  return { status: 200, headers: { "content-type": "application/xml" }, body: Buffer.from(body) };
}

/** Opaque, and with the characters that have to be encoded in a query. */
function toToken(key: string): string {
  return `+/=${Buffer.from(key).toString("base64")}`;
}

function fromToken(token: string): string {
  if (!token.startsWith("+/="))
    throw new S3Error(400, "InvalidArgument", "The continuation token is incorrect");
  return Buffer.from(token.slice(3), "base64").toString();
}

function etagOf(bytes: Buffer): string {
  return `"${createHash("md5").update(bytes).digest("hex")}"`;
}
