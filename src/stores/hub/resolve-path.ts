import { encodePath, type HubEntry } from "./api.ts";
import type { HubClient } from "./client.ts";

/** Where the Hub says where the content of a file is. */
export function resolvePath(client: HubClient, head: string, { path }: HubEntry): string {
  return `/datasets/${client.repo}/resolve/${head}/${encodePath(path)}`;
}
