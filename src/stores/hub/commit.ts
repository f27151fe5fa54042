import { randomBytes } from "node:crypto";
import { isHoldfastError } from "../../base/errors.ts";
import { checkCancelled } from "../cancelled.ts";
import type { CallOptions } from "../store.ts";
import { apiPath, expectOk, fieldsOf, type HubEntry, listCommits, strange } from "./api.ts";
import type { CommitBudget } from "./budget.ts";
import type { HubClient } from "./client.ts";
import { hubError, unreachable } from "./errors.ts";
import type { HubLimits } from "./limits.ts";
import { jsonOf } from "../http/exchange.ts";
import { errorMessageOf, type HubResponse } from "./response.ts";
import type { StagedFile } from "./stage.ts";
import { pathOf, type View, type Views } from "./view.ts";

/** What commits are made with. */
export interface Committer {
  readonly client: HubClient;
  readonly views: Views;
  readonly budget: CommitBudget;
  readonly prefix: string;
  readonly limits: HubLimits;
}

/** What a commit changes. */
export interface Change {
  readonly added: readonly StagedFile[];
  readonly removed: readonly string[];
}

/** The bytes of a staged file are no longer where they were uploaded to. */
export interface LostUploads {
  /** @returns once it makes sense to try again; throws when it never will */
  (options: CallOptions): Promise<void>;
}

/** Others may commit at the same time; more often in a row than this, something else is wrong. */
const MAX_STALE = 50;
/** Attempts without an answer. */
const MAX_LOST = 8;
const LOOK_BACK = 30;

/** What the Hub answered to a commit. */
type Outcome =
  | { readonly kind: "done"; readonly head: string }
  | { readonly kind: "stale" | "objects-missing" }
  | { readonly kind: "lost"; readonly error: unknown };

/**
 * Makes one commit on the newest one, whatever others do meanwhile.
 *
 * @param plan what to change, for a view that is exact; called again when somebody else was faster. `null`
 *   when there is nothing to do. Throws what forbids the change.
 * @throws {HoldfastError} what `plan` and `onLostUploads` throw; `STORE_UNREACHABLE`, `STORE_AUTH`, `CANCELLED`
 */
export async function commit(
  committer: Committer,
  plan: (view: View, mayBeDone: boolean) => Change | null,
  onLostUploads: LostUploads,
  options: CallOptions,
): Promise<void> {
  const { client, views, budget } = committer;
  /** Tells this commit from all others, should its answer be lost. */
  const saveId = randomBytes(8).toString("hex");
  let stale = 0;
  let lost = 0;
  let base: View | null = null;
  while (stale < MAX_STALE) {
    const view = await views.exact(options);
    const landed = base === null || lost === 0 ? null : await findCommit(client, saveId, options);
    if (landed !== null) {
      budget.forget();
      // It may have been made after the view.
      await views.exact(options);
      return;
    }
    if (base !== null && base.head !== view.head) budget.forget();
    base = view;
    const change = plan(view, lost > 0);
    if (change === null) return;
    await budget.waitForQuota(options);
    checkCancelled(options);
    const outcome = await send(committer, view, change, saveId);
    if (outcome.kind === "done") {
      budget.count();
      views.set(outcome.head, applied(committer.prefix, view.files, change));
      return;
    }
    if (outcome.kind === "objects-missing") await onLostUploads(options);
    else if (outcome.kind === "lost" && ++lost >= MAX_LOST) throw outcome.error;
    stale += 1;
    await client.backOff(Math.min(stale, 4), options);
  }
  throw unreachable(`could not write to ${client.repo}: others commit all the time`);
}

/**
 * One attempt. It is not stopped midway, as nobody would know what has become of it.
 *
 * @throws {HoldfastError} when the Hub says no for good
 */
async function send(
  { client, prefix }: Committer,
  view: View,
  change: Change,
  saveId: string,
): Promise<Outcome> {
  const what = `write to the dataset ${client.repo}`;
  let response: HubResponse;
  try {
    response = await client.send({
      method: "POST",
      url: apiPath(client, "/commit/main"),
      headers: { "content-type": "application/x-ndjson" },
      body: bodyOf(prefix, view, change, saveId),
      isOnce: true,
      what,
    });
  } catch (error) {
    if (isHoldfastError(error, "STORE_UNREACHABLE")) return { kind: "lost", error };
    throw error;
  }
  if (response.status >= 500 || response.status === 408)
    return { kind: "lost", error: hubError(response, what, client) };
  if (response.status === 412) return { kind: "stale" };
  const said = errorMessageOf(response);
  if (response.status === 400 && /LFS pointer/i.test(said)) return { kind: "objects-missing" };
  const { commitOid } = fieldsOf(jsonOf(expectOk(response, what, client)));
  if (typeof commitOid !== "string") return { kind: "lost", error: strange(what) };
  return { kind: "done", head: commitOid };
}

function bodyOf(prefix: string, view: View, { added, removed }: Change, saveId: string): string {
  const summary = `holdfast: ${added.length} added, ${removed.length} removed [${saveId}]`;
  const header = { summary, description: "", ...(view.head === null ? {} : { parentCommit: view.head }) };
  const lines: unknown[] = [{ key: "header", value: header }];
  for (const name of removed) lines.push({ key: "deletedFile", value: { path: pathOf(prefix, name) } });
  for (const { name, sizeBytes, lfsOid, base64 } of added) {
    const path = pathOf(prefix, name);
    lines.push(
      lfsOid === null
        ? { key: "file", value: { path, encoding: "base64", content: base64 ?? "" } }
        : { key: "lfsFile", value: { path, algo: "sha256", oid: lfsOid, size: sizeBytes } },
    );
  }
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

/** The commit of an attempt whose answer was lost, when it was made after all. */
async function findCommit(client: HubClient, saveId: string, options: CallOptions): Promise<string | null> {
  const { commits } = await listCommits(client, { ...options, limit: LOOK_BACK });
  return commits.find(({ title }) => title.includes(`[${saveId}]`))?.oid ?? null;
}

function applied(
  prefix: string,
  files: ReadonlyMap<string, HubEntry>,
  { added, removed }: Change,
): Map<string, HubEntry> {
  const next = new Map(files);
  for (const name of removed) next.delete(name);
  for (const { name, sizeBytes, oid, lfsOid } of added)
    next.set(name, { path: pathOf(prefix, name), sizeBytes, oid, lfsOid });
  return next;
}

/** True when a file is what is to be added, byte for byte. */
export function isSame(entry: HubEntry | undefined, { oid, lfsOid }: StagedFile): boolean {
  return entry !== undefined && (lfsOid === null ? entry.oid === oid : entry.lfsOid === lfsOid);
}
