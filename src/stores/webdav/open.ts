import { fetchFor } from "../../base/fetch.ts";
import { isLoopback } from "../http/loopback.ts";
import type { OpenStoreOptions } from "../open.ts";
import type { Store } from "../store.ts";
import { openWebdavStore } from "../webdav.ts";
import type { WebdavAccess } from "./access.ts";
import type { WebdavAddress } from "./address.ts";
import { createClient } from "./client.ts";
import { publicServer, webdavError } from "./errors.ts";
import { RESOURCE_QUERY } from "./multistatus.ts";

/** As `openStore`. */
export function openWebdav(address: WebdavAddress, options: OpenStoreOptions): Promise<Store> {
  const { counter, retry } = options;
  return openWebdavStore(address, { access: accessOf(options), counter, retry });
}

/**
 * Whether strangers are refused, and nobody on the way can read along.
 *
 * @throws {HoldfastError} `STORE_PUBLIC` when the server lets everybody in; `STORE_UNREACHABLE`
 */
export async function isPrivateOnWebdav(address: WebdavAddress, options: OpenStoreOptions): Promise<boolean> {
  const access: WebdavAccess = { user: null, password: null, token: null };
  const { counter, retry } = options;
  if (address.base.protocol === "http:" && !isLoopback(address.base)) return false;
  const client = createClient({ address, access, fetch: await fetchFor(process.env), counter, retry });
  for (const [method, name] of [
    ["PROPFIND", ""],
    ["GET", "config"],
  ] as const) {
    const body = method === "GET" ? undefined : RESOURCE_QUERY;
    const what = `look whether ${client.shown} is private`;
    const request = {
      method,
      url: client.at(name),
      headers: { depth: "0" },
      body,
      what,
      takesRefusals: true,
    };
    const response = await client.send(request);
    const { status } = response;
    // Led to the page of a login is refused too.
    const isRefused = status === 401 || status === 403 || (status >= 300 && status < 400);
    if (isRefused) continue;
    if (status < 500 && status !== 405) throw publicServer(client);
    throw webdavError(response, { method, what }, client);
  }
  return true;
}

function accessOf({ credentials }: OpenStoreOptions): WebdavAccess {
  return credentials?.webdav ?? { user: null, password: null, token: null };
}
