import { randomUUID } from "node:crypto";
import { isHoldfastError } from "../../base/errors.ts";
import type { HttpRequest, HttpResponse } from "../http/exchange.ts";
import type { DriveClient } from "../oauth/drive-client.ts";
import type { WriteOptions } from "../store.ts";
import { FILE_FIELDS, filesUrl } from "./api.ts";
import { driveError, mayPass } from "./errors.ts";

/** The content of a file on its way. */
export interface Upload {
  /** Of the file that is replaced; `null` for a new one. */
  readonly replaced: string | null;
  /** What the new file is besides its content. */
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly bytes: Uint8Array;
  readonly what: string;
  readonly options: WriteOptions;
}

/** The largest file that Google takes in one request. */
const SMALL_BYTES = 5_000_000;
/** A multiple of 256 KiB, as Google wants it; a part that is lost costs no more than this. */
const PART_BYTES = 16 * 262_144;
const MAX_FAILURES = 8;
const RESTING_MS = 1000;
const TYPE = "application/octet-stream";

/**
 * Sends a file: a small one in one request, a large one in parts, where it goes on where it was when a part is lost.
 *
 * @returns the answer to the last request, or the refusal to begin
 * @throws {HoldfastError} `STORE_UNREACHABLE` when parts are lost again and again; what the client throws
 */
export async function upload(client: DriveClient, given: Upload): Promise<HttpResponse> {
  const { bytes, options } = given;
  if (bytes.length > SMALL_BYTES) return uploadInParts(client, given);
  const response = await client.send(atOnce(given));
  if (response.status === 200) options.onSent?.(bytes.length);
  return response;
}

function atOnce({ replaced, metadata, bytes, what, options }: Upload): HttpRequest {
  const boundary = `holdfast-${randomUUID()}`;
  const head =
    `--${boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n${JSON.stringify(metadata)}\r\n` +
    `--${boundary}\r\nContent-Type: ${TYPE}\r\n\r\n`;
  return {
    method: replaced === null ? "POST" : "PATCH",
    url: filesUrl(replaced, { uploadType: "multipart", fields: FILE_FIELDS }, true),
    headers: { "content-type": `multipart/related; boundary=${boundary}` },
    body: Buffer.concat([Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]),
    signal: options.signal,
    what,
  };
}

async function uploadInParts(client: DriveClient, given: Upload): Promise<HttpResponse> {
  const { replaced, metadata, bytes, what, options } = given;
  const begun = await client.send({
    method: replaced === null ? "POST" : "PATCH",
    url: filesUrl(replaced, { uploadType: "resumable", fields: FILE_FIELDS }, true),
    headers: {
      "content-type": "application/json; charset=UTF-8",
      "x-upload-content-type": TYPE,
      "x-upload-content-length": String(bytes.length),
    },
    body: JSON.stringify(metadata),
    signal: options.signal,
    what,
  });
  if (begun.status !== 200) return begun;
  const url = URL.parse(begun.header("location") ?? "");
  if (url === null) throw mayPass(`could not ${what}: Google Drive gave no address to send it to`);
  let sent = 0;
  let failures = 0;
  for (let offset = 0; ;) {
    let response = await sendPart(client, url, given, offset);
    if (response === null || isPassing(response)) {
      failures += 1;
      if (failures > MAX_FAILURES) throw mayPass(`could not ${what}: parts of it were lost again and again`);
      await client.wait(RESTING_MS, options);
      response = await sendPart(client, url, given, null);
    }
    if (response === null) continue;
    if (response.status === 404 || response.status === 410)
      throw mayPass(`could not ${what}: Google Drive has forgotten what was sent of it`);
    if (response.status !== 308 && !isPassing(response)) {
      if (response.status === 200 || response.status === 201) options.onSent?.(bytes.length - sent);
      else throw driveError(response, what, true);
      return response;
    }
    if (response.status !== 308) continue;
    offset = arrived(response);
    if (offset > sent) options.onSent?.(offset - sent);
    sent = Math.max(sent, offset);
  }
}

/**
 * Sends what comes at an offset, or with `null` asks what has arrived. The address is signed by itself, and the
 * token does not go there.
 *
 * @returns `null` when there was no answer, so that it is not known whether the part has arrived
 */
async function sendPart(
  client: DriveClient,
  url: URL,
  { bytes, what, options }: Upload,
  offset: number | null,
): Promise<HttpResponse | null> {
  const total = bytes.length;
  const end = offset === null ? 0 : Math.min(offset + PART_BYTES, total);
  const range = offset === null ? `bytes */${total}` : `bytes ${offset}-${end - 1}/${total}`;
  try {
    return await client.sendOpen({
      method: "PUT",
      url,
      headers: { "content-range": range },
      body: offset === null ? new Uint8Array(0) : bytes.subarray(offset, end),
      signal: options.signal,
      what,
    });
  } catch (error) {
    if (isHoldfastError(error, "STORE_UNREACHABLE")) return null;
    throw error;
  }
}

function isPassing({ status }: HttpResponse): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/** How many bytes have arrived: `Range: bytes=0-n`, or nothing for none. */
function arrived(response: HttpResponse): number {
  const last = /^bytes=0-(\d+)$/.exec(response.header("range") ?? "")?.[1];
  return last === undefined ? 0 : Number(last) + 1;
}
