import { HoldfastError } from "../../base/errors.ts";
import type { HttpResponse } from "../http/exchange.ts";
import { alreadyExists } from "../refusals.ts";
import type { CallOptions, NewFile } from "../store.ts";
import type { S3Client } from "./client.ts";
import { unreachable } from "./errors.ts";
import { failureOf } from "./response.ts";

/** Two creations of one name that meet are both sent away, and may come again. */
const ATTEMPTS = 5;
const DELAY_MS = 100;

/**
 * Stores a file with one request.
 *
 * @param createHeaders those that keep it from replacing another one; `null` when it may
 * @throws {HoldfastError} `ALREADY_EXISTS` with `createHeaders`, and what `Store.write` throws
 */
export async function putFile(
  client: S3Client,
  { name, bytes }: NewFile,
  createHeaders: Readonly<Record<string, string>> | null,
  options: CallOptions,
): Promise<void> {
  const what = `write ${name} to the bucket ${client.place.bucket}`;
  for (let attempt = 1; ; attempt += 1) {
    const response = await client.send({
      signal: options.signal,
      method: "PUT",
      name,
      body: bytes,
      headers: { "content-type": "application/octet-stream", ...createHeaders },
      what,
      right: "write",
    });
    if (response.status === 200 || response.status === 201 || response.status === 204) return;
    const error = client.errorOf(response, { what, right: "write" });
    if (createHeaders === null) throw error;
    const { code } = failureOf(response);
    const collided = /^(ConditionalRequestConflict|OperationAborted)$/.test(code);
    if (response.status === 409 && collided) {
      if (attempt === ATTEMPTS)
        throw unreachable(`could not ${what}: others write the same file all the time`);
      await client.wait(DELAY_MS * attempt, options);
      continue;
    }
    if ([304, 409, 412].includes(response.status)) throw alreadyExists(name);
    if (response.status === 501) throw cannotCreate(client);
    throw error;
  }
}

/**
 * Removes a file; that it is not there is no error.
 *
 * @throws {HoldfastError} what `Store.remove` throws
 */
export async function removeFile(
  client: S3Client,
  name: string,
  options: CallOptions | undefined,
): Promise<void> {
  const request = {
    signal: options?.signal,
    method: "DELETE",
    name,
    what: `remove ${name} from the bucket ${client.place.bucket}`,
    right: "remove",
  } as const;
  const response = await client.send(request);
  if (response.status === 200 || response.status === 204) return;
  if (isMissing(response)) return;
  // rclone's server fails where the folder of the file is not there.
  const headers = { range: "bytes=0-0" };
  if (response.status === 500 && isMissing(await client.send({ ...request, method: "GET", headers }))) return;
  throw client.errorOf(response, request);
}

function isMissing(response: HttpResponse): boolean {
  return response.status === 404 && failureOf(response).code !== "NoSuchBucket";
}

function cannotCreate({ place }: S3Client): HoldfastError {
  return new HoldfastError({
    code: "CONFIG",
    message: `${place.base.host} cannot refuse to replace a file, unlike other servers of its kind`,
    hint: `write ${place.url}?create-only=none`,
  });
}
