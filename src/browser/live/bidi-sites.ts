import { isIP } from "node:net";
import type { JsonSocket } from "./json-socket.ts";

/** One open page, or a frame in it. */
export interface BiDiContext {
  readonly context: string;
  readonly url: string;
  readonly children: readonly BiDiContext[] | null;
}

const MAX_SITES = 3_000;

/** All pages and frames that are open. */
export async function openContexts(socket: JsonSocket): Promise<readonly BiDiContext[]> {
  const { contexts } = await socket.request("browsingContext.getTree", {});
  const flat = (context: BiDiContext): BiDiContext[] => [context, ...(context.children ?? []).flatMap(flat)];
  return (contexts as readonly BiDiContext[]).flatMap(flat);
}

/** The origins of all pages that are open. */
export async function openOrigins(socket: JsonSocket): Promise<readonly string[]> {
  const urls = (await openContexts(socket)).map(({ url }) => url).filter((url) => /^https?:/.test(url));
  return [...new Set(urls.map((url) => new URL(url).origin))];
}

/**
 * Which sites may have a partition: those that have cookies and those of open pages, each with all names
 * above it, because only the browser knows where a site ends. Short names come first.
 */
export function candidateSites(hosts: readonly string[], origins: readonly string[]): readonly string[] {
  const names = new Set([...hosts, ...origins.map((origin) => new URL(origin).hostname)].flatMap(namesAbove));
  const sites = new Set([...names].map((name) => `https://${name}`));
  // A page of this machine may have partitions without encryption.
  for (const name of names) if (isLocal(name)) sites.add(`http://${name}`);
  for (const origin of origins) sites.add(origin);
  return [...sites].toSorted((a, b) => a.length - b.length).slice(0, MAX_SITES);
}

/** `a.example.com` and `example.com` for the first; a name without a dot and an address stand alone. */
function namesAbove(host: string): readonly string[] {
  if (isAddress(host)) return [host];
  const labels = host.split(".");
  return labels
    .slice(0, Math.max(labels.length - 1, 1))
    .map((_label, index) => labels.slice(index).join("."));
}

function isLocal(host: string): boolean {
  return isAddress(host) || host === "localhost" || host.endsWith(".localhost");
}

function isAddress(host: string): boolean {
  return isIP(host.replace(/^\[|\]$/g, "")) !== 0;
}
