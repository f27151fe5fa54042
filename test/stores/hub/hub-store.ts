import { type HubStoreOptions, openHubStore } from "../../../src/stores/hub.ts";
import { parseHubAddress } from "../../../src/stores/hub/address.ts";
import type { Fetch } from "../../../src/base/fetch.ts";
import type { RetryOptions } from "../../../src/stores/retry.ts";
import type { Store } from "../../../src/stores/store.ts";
import type { HubOptions } from "../../hub/hub.ts";
import { type HubUnderTest, temporaryHub } from "../../hub/support.ts";

/** Where the tests keep their files. */
export const REPO = "alice/vault";
/** The same as an address. */
export const ADDRESS: string = `hf://datasets/${REPO}`;

/** A stand-in Hub, and ways to its dataset. */
export interface HubPlace extends HubUnderTest {
  /** A store of its own, as another process would open. */
  open(options?: Partial<HubStoreOptions> & { readonly address?: string }): Promise<Store>;
}

/** Starts a Hub; its stores wait for nothing longer than they are told. */
export async function hubPlace(options: Partial<HubOptions> = {}): Promise<HubPlace> {
  const place = await temporaryHub(options);
  const access = { token: place.token, endpoint: place.hub.url };
  return {
    hub: place.hub,
    token: place.token,
    open: ({ address = ADDRESS, ...more } = {}) =>
      openHubStore(parseHubAddress(address), {
        access,
        retry: QUICK,
        clock: options.now,
        ...more,
      }),
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  };
}

/** Tries again at once. */
export const QUICK: RetryOptions = { firstDelayMs: 1, maxDelayMs: 4 };

/** Does something before a store sends its nth commit. */
export function beforeCommit(nth: number, action: () => Promise<void>): Fetch {
  let commits = 0;
  return async (url, init) => {
    const isCommit = url.endsWith("/commit/main");
    if (isCommit) commits += 1;
    if (isCommit && commits === nth) await action();
    return fetch(url, init);
  };
}
