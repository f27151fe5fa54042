import { isHoldfastError } from "../../base/errors.ts";
import { type HttpResponse, jsonOf } from "../http/exchange.ts";
import type { DriveClient } from "../oauth/drive-client.ts";
import type { WriteOptions } from "../store.ts";
import { graphError, mayPass } from "./errors.ts";
import { type Behaviour, urlOf } from "./paths.ts";

/** A multiple of 320 KiB, as the drive wants it; a part that is lost costs no more than this. */
const PART_BYTES = 16 * 327_680;
const MAX_FAILURES = 8;
const RESTING_MS = 1000;

/** A file on its way. */
export interface Upload {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly behaviour: Behaviour;
  readonly what: string;
  readonly options: WriteOptions;
}

/**
 * Sends a large file in parts, and goes on where it was when a part is lost.
 *
 * @returns the answer to the last part, or the refusal to begin
 * @throws {HoldfastError} `STORE_UNREACHABLE` when parts are lost again and again; what the client throws
 */
export async function uploadInParts(client: DriveClient, upload: Upload): Promise<HttpResponse> {
  const { path, behaviour, what, options } = upload;
  const begun = await client.send({
    method: "POST",
    url: urlOf(path, "createUploadSession"),
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ item: { "@microsoft.graph.conflictBehavior": behaviour } }),
    signal: options.signal,
    what,
  });
  if (begun.status !== 200) return begun;
  const { uploadUrl } = (jsonOf(begun) ?? {}) as { uploadUrl?: unknown };
  const url = typeof uploadUrl === "string" ? URL.parse(uploadUrl) : null;
  if (url === null) throw mayPass(`could not ${what}: OneDrive gave no address to send it to`);
  try {
    return await sendParts(client, url, upload);
  } catch (error) {
    // Best effort: a session that is left ends by itself, and none of it is ever seen.
    await client.sendOpen({ method: "DELETE", url, what }).catch(() => undefined);
    throw error;
  }
}

async function sendParts(client: DriveClient, url: URL, upload: Upload): Promise<HttpResponse> {
  const { bytes, what, options } = upload;
  let sent = 0;
  let failures = 0;
  for (let offset = 0; ;) {
    const response = await sendPart(client, url, upload, offset);
    if (response !== null && [200, 201, 409].includes(response.status)) {
      options.onSent?.(Math.max(0, bytes.length - sent));
      return response;
    }
    let next = response?.status === 202 ? nextOffset(response) : null;
    if (next === null) {
      if (response !== null && isFinal(response)) throw graphError(response, what, true);
      failures += 1;
      if (failures > MAX_FAILURES) throw mayPass(`could not ${what}: parts of it were lost again and again`);
      await client.wait(RESTING_MS, options);
      next = await askForNext(client, url, upload);
    }
    if (next === null) throw mayPass(`could not ${what}: OneDrive has forgotten what was sent of it`);
    if (next > sent) options.onSent?.(next - sent);
    sent = Math.max(sent, next);
    offset = next;
  }
}

/** `null` when there was no answer, so that it is not known whether the part has arrived. */
async function sendPart(
  client: DriveClient,
  url: URL,
  { bytes, what, options }: Upload,
  offset: number,
): Promise<HttpResponse | null> {
  const end = Math.min(offset + PART_BYTES, bytes.length);
  try {
    return await client.sendOpen({
      method: "PUT",
      url,
      headers: { "content-range": `bytes ${offset}-${end - 1}/${bytes.length}` },
      body: bytes.subarray(offset, end),
      signal: options.signal,
      what,
    });
  } catch (error) {
    if (isHoldfastError(error, "STORE_UNREACHABLE")) return null;
    throw error;
  }
}

/** Where to go on; `null` when the session is gone. */
async function askForNext(client: DriveClient, url: URL, { what, options }: Upload): Promise<number | null> {
  const response = await client.sendOpen({ method: "GET", url, signal: options.signal, what });
  return response.status === 200 ? nextOffset(response) : null;
}

function nextOffset(response: HttpResponse): number | null {
  const { nextExpectedRanges: ranges } = (jsonOf(response) ?? {}) as { nextExpectedRanges?: unknown };
  const first: unknown = Array.isArray(ranges) ? ranges[0] : undefined;
  const offset = typeof first === "string" ? /^(\d+)(?:-|$)/.exec(first)?.[1] : undefined;
  return offset === undefined ? null : Number(offset);
}

/** Asking where to go on cannot help. */
function isFinal({ status }: HttpResponse): boolean {
  return status < 500 ? ![401, 404, 408, 416, 423, 429].includes(status) : status === 507;
}
