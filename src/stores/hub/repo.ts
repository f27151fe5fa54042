import { HoldfastError } from "../../base/errors.ts";
import type { CallOptions } from "../store.ts";
import { apiPath, expectOk, signalOf } from "./api.ts";
import type { HubClient } from "./client.ts";
import { hubError, missingRepo } from "./errors.ts";

/** How often a creation is tried again that another one is in the way of. */
const ATTEMPTS = 5;

/**
 * Makes the dataset, private. That it is there already is no error.
 *
 * @throws {HoldfastError} `STORE_AUTH` when the token may not, `STORE_UNREACHABLE`, `CANCELLED`
 */
export async function createRepo(client: HubClient, options: CallOptions): Promise<void> {
  const [organization, name] = client.repo.split("/");
  const what = `make the dataset ${client.repo}`;
  if (!client.hasToken) throw noToken(what);
  for (let attempt = 1; ; attempt += 1) {
    const response = await client.send({
      ...signalOf(options),
      method: "POST",
      url: "/api/repos/create",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ type: "dataset", name, organization, visibility: "private", private: true }),
      what,
    });
    if (response.status !== 409) {
      expectOk(response, what, client);
      return;
    }
    // It exists, or is just being made, or being removed: whoever looks next will see.
    if (attempt === ATTEMPTS || !/in progress/i.test(Buffer.from(response.bytes).toString())) return;
    await client.backOff(attempt, options);
  }
}

/**
 * Asks whether the token may write, before anything is sent.
 *
 * @throws {HoldfastError} `STORE_AUTH` when it may not, saying what it lacks
 */
export async function checkMayWrite(client: HubClient, options: CallOptions): Promise<void> {
  const what = `write to the dataset ${client.repo}`;
  if (!client.hasToken) throw noToken(what);
  const url = apiPath(client, "/auth-check/write");
  const response = await client.send({ ...signalOf(options), method: "GET", url, what });
  if (response.status === 404) throw missingRepo(client);
  if (response.status >= 400) throw hubError(response, what, client);
}

/**
 * Whether a bucket is there and private, as far as the token sees.
 *
 * @returns `null` when it does not exist, or the token may not see it
 */
export async function isPrivateBucket(client: HubClient, options?: CallOptions): Promise<boolean | null> {
  const what = `look at the bucket ${client.repo}`;
  const url = `/api/buckets/${client.repo}`;
  const response = await client.send({ ...signalOf(options), method: "GET", url, what });
  if (response.status === 404) return null;
  const body = JSON.parse(Buffer.from(expectOk(response, what, client).bytes).toString()) as unknown;
  return (body as { readonly private?: unknown } | null)?.private === true;
}

function noToken(what: string): HoldfastError {
  return new HoldfastError({
    code: "STORE_AUTH",
    message: `could not ${what}: there is no token`,
    hint: "set HF_TOKEN to a token that may write, from https://huggingface.co/settings/tokens",
  });
}
