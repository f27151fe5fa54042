import { mapParallel } from "../../base/parallel.ts";
import type { CallOptions, WriteOptions } from "../store.ts";
import { call, expectOk, fieldsOf, signalOf, strange } from "./api.ts";
import type { HubClient } from "./client.ts";
import { unreachable } from "./errors.ts";
import { jsonOf } from "../http/exchange.ts";
import { errorMessageOf } from "./response.ts";

/** Content that lies beside git. */
export interface LfsContent {
  /** SHA-256. */
  readonly oid: string;
  readonly bytes: Uint8Array;
}

/** Options of {@link upload}: `onSent` hears of each content that is there. */
export type UploadOptions = Pick<WriteOptions, "signal" | "onSent">;

interface Action {
  readonly href: string;
  readonly header: Readonly<Record<string, string>>;
}

const LFS_JSON = "application/vnd.git-lfs+json";
const PARALLEL = 4;
/** Addresses that are signed can expire while others are sent; then they are asked for again. */
const ATTEMPTS = 4;
/** Parts of one object; the Hub asks for far fewer. */
const MAX_PARTS = 10_000;

/**
 * Sends contents to where the Hub keeps them. What it has already is not sent again.
 *
 * @throws {HoldfastError} `DISK_FULL`, `STORE_AUTH`, `STORE_UNREACHABLE`, `CANCELLED`
 */
export async function upload(
  client: HubClient,
  contents: readonly LfsContent[],
  options: UploadOptions,
): Promise<void> {
  let left = contents;
  for (let attempt = 1; left.length > 0; attempt += 1) {
    const actions = await requestUploads(client, left, options);
    const failed: LfsContent[] = [];
    await mapParallel(left, PARALLEL, async (content) => {
      const action = actions.get(content.oid);
      const isThere =
        action === undefined ||
        ((await send(client, content, action.upload, options)) &&
          (await isVerified(client, content, action.verify, options)));
      if (isThere) options.onSent?.(content.bytes.length);
      else failed.push(content);
    });
    if (failed.length > 0 && attempt === ATTEMPTS)
      throw unreachable(`could not upload to ${client.repo}: the store of the Hub does not take it`);
    if (failed.length > 0) await client.backOff(attempt, options);
    left = failed;
  }
}

/** Which of some contents the Hub does not have. */
export async function findMissing(
  client: HubClient,
  contents: readonly { readonly oid: string; readonly sizeBytes: number }[],
  options: CallOptions,
): Promise<ReadonlySet<string>> {
  return new Set((await requestBatch(client, contents, options)).keys());
}

interface Upload {
  readonly upload: Action;
  readonly verify: Action | null;
}

function requestUploads(
  client: HubClient,
  contents: readonly LfsContent[],
  options: CallOptions,
): Promise<ReadonlyMap<string, Upload>> {
  return requestBatch(
    client,
    contents.map(({ oid, bytes }) => ({ oid, sizeBytes: bytes.length })),
    options,
  );
}

/** Where to send what it lacks; whatever is not named is there already. */
async function requestBatch(
  client: HubClient,
  contents: readonly { readonly oid: string; readonly sizeBytes: number }[],
  options: CallOptions,
): Promise<ReadonlyMap<string, Upload>> {
  const what = `upload to ${client.repo}`;
  const response = await call(client, {
    ...signalOf(options),
    method: "POST",
    url: `/datasets/${client.repo}.git/info/lfs/objects/batch`,
    headers: { accept: LFS_JSON, "content-type": LFS_JSON },
    body: JSON.stringify({
      operation: "upload",
      // Without "xet", the Hub takes plain uploads, and moves them there by itself.
      transfers: ["basic", "multipart"],
      hash_algo: "sha256",
      ref: { name: "main" },
      objects: contents.map(({ oid, sizeBytes }) => ({ oid, size: sizeBytes })),
    }),
    what,
  });
  const { objects } = fieldsOf(jsonOf(response));
  if (!Array.isArray(objects)) throw strange(what);
  const uploads = new Map<string, Upload>();
  for (const object of objects as unknown[]) {
    const { oid, actions, error } = fieldsOf(object);
    if (error !== undefined) {
      const { code, message } = fieldsOf(error);
      const status = typeof code === "number" ? code : 500;
      const bytes = Buffer.from(JSON.stringify({ error: message }));
      expectOk({ ...response, status, bytes }, what, client);
    }
    const target = actionOf(fieldsOf(actions)["upload"]);
    const verify = actionOf(fieldsOf(actions)["verify"]);
    if (target !== null) uploads.set(String(oid), { upload: target, verify });
  }
  return uploads;
}

function actionOf(value: unknown): Action | null {
  const { href, header } = fieldsOf(value);
  if (typeof href !== "string") return null;
  const headers = Object.entries(fieldsOf(header)).map(([name, text]) => [name, String(text)]);
  return { href, header: Object.fromEntries(headers) as Record<string, string> };
}

/** @returns false when the address no longer takes it */
async function send(
  client: HubClient,
  { oid, bytes }: LfsContent,
  { href, header }: Action,
  options: CallOptions,
): Promise<boolean> {
  const what = `upload to ${client.repo}`;
  const { chunk_size: chunkSize, ...rest } = header;
  if (chunkSize === undefined) return put(client, href, bytes, rest, options);
  const parts = Object.entries(rest).filter(([key]) => /^\d+$/.test(key));
  const sorted = parts.sort(([a], [b]) => Number(a) - Number(b)).slice(0, MAX_PARTS);
  const etags = await mapParallel(sorted.entries(), PARALLEL, async ([index, [, url]]) => {
    const start = index * Number(chunkSize);
    const part = bytes.subarray(start, start + Number(chunkSize));
    const response = await client.send({ ...signalOf(options), method: "PUT", url, body: part, what });
    return response.status < 300 ? response.header("etag") : null;
  });
  if (etags.includes(null)) return false;
  const response = await client.send({
    ...signalOf(options),
    method: "POST",
    url: href,
    headers: { accept: LFS_JSON, "content-type": LFS_JSON },
    body: JSON.stringify({ oid, parts: etags.map((etag, index) => ({ partNumber: index + 1, etag })) }),
    what,
  });
  return response.status < 300;
}

async function put(
  client: HubClient,
  url: string,
  body: Uint8Array,
  headers: Readonly<Record<string, string>>,
  options: CallOptions,
): Promise<boolean> {
  const what = `upload to ${client.repo}`;
  const response = await client.send({ ...signalOf(options), method: "PUT", url, headers, body, what });
  return response.status < 300;
}

/** Tells the Hub that the content has come; it says whether it agrees. */
async function isVerified(
  client: HubClient,
  { oid, bytes }: LfsContent,
  verify: Action | null,
  options: CallOptions,
): Promise<boolean> {
  if (verify === null) return true;
  const what = `upload to ${client.repo}`;
  const response = await client.send({
    ...signalOf(options),
    method: "POST",
    url: verify.href,
    headers: { accept: LFS_JSON, "content-type": LFS_JSON, ...withoutCredentials(verify.header) },
    body: JSON.stringify({ oid, size: bytes.length }),
    what,
  });
  if (
    response.status === 401 ||
    response.status === 403 ||
    /quota|storage limit/i.test(errorMessageOf(response))
  )
    expectOk(response, what, client);
  return response.status < 300;
}

/** The token goes to the Hub alone, and is added there. */
function withoutCredentials(header: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(header).filter(([name]) => !/^authorization$/i.test(name)));
}
