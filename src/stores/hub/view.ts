import { HoldfastError } from "../../base/errors.ts";
import type { CallOptions } from "../store.ts";
import { type HubEntry, listTree, readInfo, type RepoInfo } from "./api.ts";
import type { HubClient } from "./client.ts";
import { publicRepo, unreachable } from "./errors.ts";

/** What the dataset holds at one commit. */
export interface View {
  /** `null` when there is no dataset. */
  readonly head: string | null;
  /** By name in the store. */
  readonly files: ReadonlyMap<string, HubEntry>;
  /**
   * The files are certainly those of `head`. Otherwise they were listed at the same time, and somebody may
   * have committed in between: good enough to read, not to decide what to write.
   */
  readonly isExact: boolean;
  readonly lookedAtMs: number;
}

/** The latest view, shared by all calls of a store. */
export interface Views {
  /** Any view; looks at the dataset when there is none yet. */
  current(options?: CallOptions): Promise<View>;
  /** A view that is not older than a second. */
  recent(options?: CallOptions): Promise<View>;
  /** A view of the head of this moment, and exact. */
  exact(options?: CallOptions): Promise<View>;
  /** What a commit of ours has led to. */
  set(head: string, files: ReadonlyMap<string, HubEntry>): View;
  /** The first look lists the files at the same time, instead of after it. */
  hurry(): void;
}

const RECENT_MS = 1000;
/** The dataset of a store changes while it is listed only so often. */
const ATTEMPTS = 10;
/** What belongs to the Hub and the people who look at it there, not to the store. */
const NOT_OURS: ReadonlySet<string> = new Set([".gitattributes", "README.md"]);

/** Looks at a folder of a dataset. Refuses a public one, whenever it looks. */
export function createViews(client: HubClient, prefix: string): Views {
  let latest: View | null = null;
  let looking: Promise<View> | null = null;
  let isHurried = false;
  /** Counts the views that a look under way must not take the place of: it may have begun before them. */
  let version = 0;

  const filesAt = async (
    revision: string,
    options: CallOptions | undefined,
  ): Promise<Map<string, HubEntry> | null> => {
    const entries = await listTree(client, revision, prefix, options);
    return entries === null ? null : byName(entries, prefix);
  };

  const checkedInfo = async (options: CallOptions | undefined): Promise<RepoInfo | null> => {
    const info = await readInfo(client, options);
    if (info !== null && !info.isPrivate) throw publicRepo(client);
    return info;
  };

  const look = async (options: CallOptions | undefined): Promise<View> => {
    const lookedAtMs = client.now();
    // Looked at together with the head, it may be of a commit next to it.
    const early = isHurried && latest === null ? filesAt("main", options) : null;
    early?.catch(() => undefined);
    const info = await checkedInfo(options);
    if (info === null) return { head: null, files: new Map(), isExact: true, lookedAtMs };
    if (latest?.head === info.head) return { ...latest, lookedAtMs };
    const listed = early === null ? null : await early;
    if (listed !== null) return { head: info.head, files: listed, isExact: false, lookedAtMs };
    const files = (await filesAt(info.head, options)) ?? new Map<string, HubEntry>();
    return { head: info.head, files, isExact: true, lookedAtMs };
  };

  /** Calls at the same time look once; whoever gives up does not take the look from the others. */
  const shared = async (options: CallOptions | undefined): Promise<View> => {
    const before = version;
    looking ??= look(undefined)
      .then((view) => {
        if (version === before || latest === null) latest = view;
        return latest;
      })
      .finally(() => {
        looking = null;
      });
    looking.catch(() => undefined);
    return unlessCancelled(looking, options);
  };

  return {
    current: async (options) => latest ?? shared(options),
    recent: async (options) =>
      latest !== null && client.now() - latest.lookedAtMs < RECENT_MS ? latest : shared(options),

    async exact(options) {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const view = await look(options);
        version += 1;
        if (view.head === null || view.isExact) return (latest = view);
        const files = (await filesAt(view.head, options)) ?? new Map<string, HubEntry>();
        latest = { ...view, files, isExact: true };
      }
      throw unreachable(`could not look at the dataset ${client.repo}: it changes all the time`);
    },

    set(head, files) {
      version += 1;
      latest = { head, files, isExact: true, lookedAtMs: client.now() };
      return latest;
    },

    hurry() {
      isHurried = true;
    },
  };
}

/** The path of a file in the repository. */
export function pathOf(prefix: string, name: string): string {
  return prefix === "" ? name : `${prefix}/${name}`;
}

function byName(entries: readonly HubEntry[], prefix: string): Map<string, HubEntry> {
  const skip = prefix === "" ? 0 : prefix.length + 1;
  const files = new Map<string, HubEntry>();
  for (const entry of entries) {
    const name = entry.path.slice(skip);
    if (prefix !== "" || !NOT_OURS.has(name)) files.set(name, entry);
  }
  return files;
}

/** Waits for work that goes on for others. */
function unlessCancelled<T>(work: Promise<T>, { signal }: CallOptions = {}): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(new HoldfastError({ code: "CANCELLED", message: "stopped before it was done" }));
    };
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    work
      .then(resolve, reject)
      .finally(() => signal.removeEventListener("abort", onAbort))
      .catch(() => undefined);
  });
}
