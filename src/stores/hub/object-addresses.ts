import type { HubEntry } from "./api.ts";
import type { HubClient } from "./client.ts";
import { resolvePath } from "./resolve-path.ts";
import type { View } from "./view.ts";

/** Where objects lie beside git: found out once, for all of their parts that are read soon. */
export interface ObjectAddresses {
  /** @returns `null` when it is not known, so that the Hub has to be asked with the read itself */
  find(head: string, entry: HubEntry): Promise<string | null> | null;
  /** It is no longer good. */
  forget(entry: HubEntry): void;
  /** Finds out where the objects of a view lie, so that reading them takes one request each. */
  prepare(view: View): void;
}

/** A signed address is good for longer; how much longer is not said. */
const ADDRESS_MS = 4 * 60_000;
/** More than this are not looked up ahead: a request for each counts. */
const MAX_PREPARED = 96;

/** Knows no address yet. */
export function createObjectAddresses(client: HubClient): ObjectAddresses {
  const known = new Map<string, { readonly url: Promise<string | null>; readonly askedAtMs: number }>();

  const find = (head: string, entry: HubEntry): Promise<string | null> | null => {
    if (entry.lfsOid === null) return null;
    const found = known.get(entry.lfsOid);
    if (found !== undefined && client.now() - found.askedAtMs < ADDRESS_MS) return found.url;
    // Shared by all readers of the object, so that none of them may stop it; who reads is told what is wrong.
    const url = ask(client, head, entry).catch(() => null);
    known.set(entry.lfsOid, { url, askedAtMs: client.now() });
    return url;
  };

  return {
    find,
    forget: ({ lfsOid }) => void known.delete(lfsOid ?? ""),
    prepare({ head, files }) {
      const entries = [...files.values()].filter(({ lfsOid }) => lfsOid !== null && !known.has(lfsOid));
      if (head === null || entries.length > MAX_PREPARED) return;
      for (const entry of entries) void find(head, entry);
    },
  };
}

async function ask(client: HubClient, head: string, entry: HubEntry): Promise<string | null> {
  const response = await client.send({
    method: "GET",
    url: resolvePath(client, head, entry),
    headers: { range: "bytes=0-0" },
    stopsAtForeign: true,
    what: `read ${entry.path}`,
  });
  return response.header("location");
}
