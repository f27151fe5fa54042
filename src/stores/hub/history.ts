import { HoldfastError } from "../../base/errors.ts";
import { checkCancelled } from "../cancelled.ts";
import type { CallOptions, StoreHistory } from "../store.ts";
import {
  apiPath,
  call,
  fieldsOf,
  type HubEntry,
  listTree,
  post,
  readInfo,
  readPages,
  signalOf,
} from "./api.ts";
import type { HubClient } from "./client.ts";
import type { Committer } from "./commit.ts";
import { jsonOf } from "../http/exchange.ts";
import { pathOf } from "./view.ts";

/** An object that the Hub keeps beside git. */
interface KeptObject {
  readonly oid: string;
  readonly sizeBytes: number;
  readonly pushedAtMs: number;
}

/** Objects that were just uploaded may be about to be committed by somebody else. */
const GRACE_MS = 60 * 60_000;
/** As many as the Hub takes. */
const PURGED_A_REQUEST = 1000;
/** What belongs to the Hub; anything else that is not ours keeps the history from being given up. */
const HARMLESS: ReadonlySet<string> = new Set([".gitattributes", "README.md"]);

/**
 * What a dataset keeps of removed files: the commits that have them, and the objects beside git.
 *
 * @param afterCommits so many commits make it due
 */
export function createHistory(committer: Committer, afterCommits: number): StoreHistory {
  const { client, budget, views } = committer;
  return {
    async usage(options) {
      const info = await readInfo(client, options);
      if (info === null) return { liveBytes: 0, keptBytes: 0, countedBytes: null };
      const files = (await listTree(client, info.head, "", options)) ?? [];
      const live = new Set(files.map(({ lfsOid }) => lfsOid));
      const objects = await listObjects(client, options);
      const kept = objects.filter(({ oid }) => !live.has(oid));
      return { liveBytes: sum(files), keptBytes: sum(kept), countedBytes: info.usedBytes };
    },

    async isDue(options) {
      if ((await views.current(options)).head === null) return false;
      return (await budget.total(options)) >= afterCommits;
    },

    async compact(options) {
      checkCancelled(options);
      const before = await views.exact(options);
      if (before.head === null) return;
      const all = (await listTree(client, before.head, "", options)) ?? [];
      const unsettled = options?.unsettled === undefined ? null : pathOf(committer.prefix, options.unsettled);
      const files = all.filter(({ path }) => unsettled === null || !path.startsWith(unsettled));
      if (!isAllOurs(committer, all) || (await hasOtherBranches(client, options))) return;
      await squash(committer, options);
      const squashed = await listHead(client, options);
      compare(client, files, squashed);
      await purge(committer, squashed, options);
      compare(client, files, await listHead(client, options));
      await views.exact(options);
    },
  };
}

/** A dataset that somebody uses for other things too keeps its history. */
function isAllOurs({ prefix }: Committer, files: readonly HubEntry[]): boolean {
  return files.every(({ path }) => HARMLESS.has(path) || prefix === "" || path.startsWith(`${prefix}/`));
}

async function hasOtherBranches(client: HubClient, options?: CallOptions): Promise<boolean> {
  const what = `look at the branches of ${client.repo}`;
  const refs = fieldsOf(
    jsonOf(await call(client, { ...signalOf(options), method: "GET", url: apiPath(client, "/refs"), what })),
  );
  const count = (list: unknown): number => (Array.isArray(list) ? list.length : 0);
  return count(refs["branches"]) > 1 || count(refs["tags"]) > 0;
}

/** From here on nothing is stopped midway: what was begun is verified. */
async function squash({ client, budget }: Committer, options?: CallOptions): Promise<void> {
  const title = await budget.squashTitle(options);
  checkCancelled(options);
  await post(client, "/super-squash/main", {
    body: { message: title },
    what: `give up the history of ${client.repo}`,
  });
  budget.forget();
}

async function purge(
  { client }: Committer,
  files: readonly HubEntry[],
  options?: CallOptions,
): Promise<void> {
  const live = new Set(files.map(({ lfsOid }) => lfsOid));
  const oldMs = client.now() - GRACE_MS;
  const unused = (await listObjects(client, options)).filter(
    ({ oid, pushedAtMs }) => !live.has(oid) && !(pushedAtMs > oldMs),
  );
  for (let start = 0; start < unused.length; start += PURGED_A_REQUEST) {
    const sha = unused.slice(start, start + PURGED_A_REQUEST).map(({ oid }) => oid);
    // No commit refers to them any more, so that none has to be rewritten.
    await post(client, "/lfs-files/batch", {
      body: { deletions: { sha, rewriteHistory: false } },
      what: `remove what is unused from ${client.repo}`,
    });
  }
  const there = new Set((await listObjects(client)).map(({ oid }) => oid));
  const lost = files.find(({ lfsOid }) => lfsOid !== null && !there.has(lfsOid));
  if (lost !== undefined) throw damaged(client, `${lost.path} has lost its content`);
}

async function listHead(client: HubClient, options?: CallOptions): Promise<HubEntry[]> {
  const info = await readInfo(client, options);
  return info === null ? [] : ((await listTree(client, info.head, "", options)) ?? []);
}

async function listObjects(client: HubClient, options?: CallOptions): Promise<KeptObject[]> {
  const what = `list what ${client.repo} keeps`;
  const url = apiPath(client, "/lfs-files?limit=1000");
  const rows = (await readPages(client, { ...signalOf(options), method: "GET", url, what })) ?? [];
  return rows.flatMap((row) => {
    const { fileOid, size, pushedAt } = fieldsOf(row);
    if (typeof fileOid !== "string" || typeof size !== "number") return [];
    return [{ oid: fileOid, sizeBytes: size, pushedAtMs: Date.parse(String(pushedAt)) }];
  });
}

function compare(client: HubClient, before: readonly HubEntry[], after: readonly HubEntry[]): void {
  const there = new Map(after.map((entry) => [entry.path, entry]));
  const lost = before.find(({ path, oid, lfsOid }) => {
    const entry = there.get(path);
    return lfsOid === null ? entry?.oid !== oid : entry?.lfsOid !== lfsOid;
  });
  if (lost !== undefined) throw damaged(client, `${lost.path} is no longer what it was`);
}

function damaged({ repo }: HubClient, problem: string): HoldfastError {
  return new HoldfastError({
    code: "DATA_DAMAGED",
    message: `while the history of ${repo} was given up: ${problem}`,
    hint: "find out what is whole with: holdfast check --read-data",
  });
}

function sum(files: readonly { readonly sizeBytes: number }[]): number {
  return files.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
}
