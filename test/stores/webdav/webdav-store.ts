import type { RetryOptions } from "../../../src/stores/retry.ts";
import type { Store } from "../../../src/stores/store.ts";
import { openWebdavStore, type WebdavStoreOptions } from "../../../src/stores/webdav.ts";
import { parseWebdavAddress } from "../../../src/stores/webdav/address.ts";
import type { WebdavServer } from "../../webdav/server.ts";

/** Tries again at once. */
export const QUICK: RetryOptions = { firstDelayMs: 1, maxDelayMs: 4 };

/** A store in a folder of a server, as another process would open. */
export function openOn(
  server: Pick<WebdavServer, "url" | "user" | "password">,
  folder = "store",
  options: Partial<WebdavStoreOptions> = {},
): Promise<Store> {
  const { user, password } = server;
  return openWebdavStore(parseWebdavAddress(`${server.url.replace(/^http/, "webdav")}/${folder}`), {
    access: { user, password, token: null },
    retry: QUICK,
    ...options,
  });
}
