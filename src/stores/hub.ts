import { checkCancelled } from "./cancelled.ts";
import type { RequestCounter } from "./count.ts";
import type { HubAccess } from "./hub/access.ts";
import type { HubAddress } from "./hub/address.ts";
import { createCommitBudget } from "./hub/budget.ts";
import { type ClientOptions, createClient } from "./hub/client.ts";
import type { Committer } from "./hub/commit.ts";
import { createHistory } from "./hub/history.ts";
import { HUB_LIMITS, type HubLimits } from "./hub/limits.ts";
import { createObjectAddresses } from "./hub/object-addresses.ts";
import { readFile } from "./hub/read.ts";
import { createSmallFiles } from "./hub/small-files.ts";
import { type Fetch, fetchFor } from "../base/fetch.ts";
import { createViews, pathOf } from "./hub/view.ts";
import { createWriter } from "./hub/writer.ts";
import { checkName, checkPrefix } from "./names.ts";
import type { RetryOptions } from "./retry.ts";
import type { Store } from "./store.ts";

/** How a dataset is used as a store. */
export interface HubStoreOptions {
  readonly access: HubAccess;
  /** Counts each request on the wire, detours and repeated ones included. */
  readonly counter?: RequestCounter | undefined;
  readonly retry?: RetryOptions | undefined;
  readonly clock?: ClientOptions["clock"];
  /** Node's own when left out, or one that goes through the proxy of the environment. */
  readonly fetch?: Fetch | undefined;
  /** Those of the Hub when left out. */
  readonly limits?: HubLimits | undefined;
}

const HOURLY_COMMITS = 60;
const COMPACT_AFTER = 200;

/**
 * A store in a private dataset of the Hugging Face Hub: each write is one commit, deferred files included.
 * Only a write of more files than a commit may have becomes several, the files written first being seen first.
 *
 * Requests are repeated by the store itself, as it knows which may be. The dataset is made, private, by the
 * first write. A public one is refused. At the top of a dataset, `.gitattributes` and `README.md` belong to
 * the Hub and are not listed.
 */
export async function openHubStore(address: HubAddress, options: HubStoreOptions): Promise<Store> {
  const { access, counter, retry, clock } = options;
  const { repo, prefix } = address;
  const fetch = options.fetch ?? (await fetchFor(process.env));
  const client = createClient({ access, repo, fetch, counter, retry, clock });
  const views = createViews(client, prefix);
  const budget = createCommitBudget(client, access.hourlyCommits ?? HOURLY_COMMITS);
  const committer: Committer = { client, views, budget, prefix, limits: options.limits ?? HUB_LIMITS };
  const addresses = createObjectAddresses(client);
  const smallFiles = createSmallFiles();
  const writer = createWriter(committer);
  let isHurried = false;

  return {
    url: `hf://datasets/${pathOf(repo, prefix)}`.replace(/\/$/, ""),
    traits: {
      atomicBatch: true,
      atomicFiles: committer.limits.filesACommit,
      createOnly: true,
      rangeReads: true,
      conditionalWrites: true,
    },
    history: createHistory(committer, access.compactAfterCommits ?? COMPACT_AFTER),

    readSoon() {
      views.hurry();
      isHurried = true;
    },

    async nextWriteAt(callOptions) {
      const { head } = await views.recent(callOptions);
      return head === null ? null : budget.nextAt(callOptions);
    },

    async *list(listPrefix, callOptions) {
      checkPrefix(listPrefix);
      checkCancelled(callOptions);
      const view = await views.recent(callOptions);
      if (isHurried) addresses.prepare(view);
      for (const [name, { sizeBytes }] of view.files) {
        if (!name.startsWith(listPrefix)) continue;
        checkCancelled(callOptions);
        yield { name, sizeBytes };
      }
    },

    async read(name, range, callOptions) {
      checkName(name);
      checkCancelled(callOptions);
      return readFile({ client, views, addresses, smallFiles }, name, range, callOptions);
    },

    async write(files, writeOptions = {}) {
      for (const { name } of files) checkName(name);
      checkCancelled(writeOptions);
      await writer.write(files, writeOptions);
    },

    async remove(names, callOptions = {}) {
      for (const name of names) checkName(name);
      checkCancelled(callOptions);
      await writer.remove(names, callOptions);
    },

    close: () => writer.settled(),
  };
}
