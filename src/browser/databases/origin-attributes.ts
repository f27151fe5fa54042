import type { Cookie } from "../cookie.ts";
import { isWithinSite } from "../site.ts";

/** What Firefox keeps storage apart by; the part that a cookie can carry to another browser. */
export interface OriginAttributes {
  readonly userContextId: number;
  /** `(scheme,site[,port][,f])`, or empty; as it is in memory and in the session file, with the colons of an address. */
  readonly partitionKey: string;
}

/** Reads the suffix of `moz_cookies`, for example `^userContextId=2&partitionKey=%28https%2Cexample.com%29`. */
export function parseSuffix(suffix: string): OriginAttributes {
  const parameters = new URLSearchParams(suffix.replace(/^\^/, ""));
  return {
    userContextId: Number(parameters.get("userContextId") ?? 0) || 0,
    partitionKey: (parameters.get("partitionKey") ?? "").replaceAll("+", ":"),
  };
}

/** The suffix for `moz_cookies`; empty outside of containers and partitions. */
export function formatSuffix({ userContextId, partitionKey }: OriginAttributes): string {
  const parameters = new URLSearchParams();
  if (userContextId !== 0) parameters.set("userContextId", String(userContextId));
  // A colon may not be in the name of a file, which Firefox makes of it.
  if (partitionKey !== "") parameters.set("partitionKey", partitionKey.replaceAll(":", "+"));
  return parameters.size === 0 ? "" : `^${parameters.toString()}`;
}

/** Container and partition of a cookie as Firefox names them. */
export function originAttributesOf(cookie: Cookie): OriginAttributes {
  return { userContextId: cookie.container, partitionKey: partitionKeyOf(cookie) };
}

/**
 * The partition that a key names. Firefox marks (`f`) only frames of the page's own site that stand in
 * a frame of another one; any other site in a partition has an ancestor of another site anyway.
 */
export function partitionOf(partitionKey: string, host: string): Cookie["partition"] {
  const [scheme, site, ...rest] = partitionKey.replace(/^\(|\)$/g, "").split(",");
  if (scheme === undefined || site === undefined) return null;
  const port = rest.find((part) => /^\d+$/.test(part));
  const topLevelSite = `${scheme}://${site}${port === undefined ? "" : `:${port}`}`;
  return {
    topLevelSite,
    hasCrossSiteAncestor: rest.includes("f") || !isWithinSite(host, topLevelSite),
  };
}

function partitionKeyOf({ host, partition }: Cookie): string {
  if (partition === null) return "";
  const url = new URL(partition.topLevelSite);
  const isForeign = partition.hasCrossSiteAncestor && isWithinSite(host, partition.topLevelSite);
  const parts = [
    url.protocol.replace(/:$/, ""),
    url.hostname,
    ...(url.port === "" ? [] : [url.port]),
    ...(isForeign ? ["f"] : []),
  ];
  return `(${parts.join(",")})`;
}
