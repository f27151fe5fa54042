import { XMLParser } from "fast-xml-parser";
import { HoldfastError } from "../../base/errors.ts";
import { type HttpResponse, textOf } from "../http/exchange.ts";
import { isWebPage } from "./errors.ts";

/** What a server says of one file or folder. */
export interface Resource {
  /** Decoded, without a slash at its end; '' for the top of the server. */
  readonly path: string;
  readonly isFolder: boolean;
  /** `null` when the server does not say, as of a folder. */
  readonly sizeBytes: number | null;
  /** Milliseconds since 1970, by the server's clock; `null` when the server does not say. */
  readonly modifiedMs: number | null;
}

/** The body of a `PROPFIND` that asks for what a {@link Resource} holds. */
export const RESOURCE_QUERY: string =
  '<?xml version="1.0" encoding="utf-8"?><propfind xmlns="DAV:"><prop>' +
  "<resourcetype/><getcontentlength/><getlastmodified/></prop></propfind>";

/** Cut off, it would be taken for the whole list. */
const WHOLE = /<\/(?:[\w.-]+:)?multistatus\s*>\s*$/;

const PARSER = new XMLParser({
  removeNSPrefix: true,
  ignoreAttributes: true,
  parseTagValue: false,
  isArray: (name) => name === "response" || name === "propstat",
});

interface Parsed {
  readonly multistatus?: { readonly response?: readonly ParsedResponse[] } | "";
}
interface ParsedResponse {
  readonly href?: unknown;
  readonly propstat?: readonly { readonly status?: unknown; readonly prop?: ParsedProps | "" }[];
}
interface ParsedProps {
  readonly resourcetype?: unknown;
  readonly getcontentlength?: unknown;
  readonly getlastmodified?: unknown;
}

/**
 * The resources of an answer to `PROPFIND`, whatever names its server has for namespaces.
 *
 * @returns `null` when it is no such answer, or not a whole one
 */
export function resourcesOf(response: HttpResponse): Resource[] | null {
  if (response.status !== 207 || isWebPage(response)) return null;
  const text = textOf(response);
  if (!WHOLE.test(text)) return null;
  const { multistatus } = parse(text);
  if (multistatus === undefined) return null;
  const resources: Resource[] = [];
  for (const each of multistatus === "" ? [] : (multistatus.response ?? [])) {
    const resource = resourceOf(each);
    if (resource !== null) resources.push(resource);
  }
  return resources;
}

/** The path of an address, decoded, without a slash at its end; `null` when it is none. */
export function decodedPath(href: string): string | null {
  try {
    return decodeURIComponent(new URL(href, "http://host").pathname).replace(/\/+$/, "");
  } catch {
    return null;
  }
}

function parse(text: string): Parsed {
  try {
    return PARSER.parse(text) as Parsed;
  } catch (error) {
    throw new HoldfastError({
      code: "STORE_UNREACHABLE",
      message: "the server has sent a list that cannot be read",
      hint: "try again later; if it stays so, look into the log of the server",
      cause: error,
    });
  }
}

function resourceOf({ href, propstat = [] }: ParsedResponse): Resource | null {
  const path = decodedPath(textIn(href));
  if (path === null) return null;
  // Properties that the server does not have are listed under another status.
  const found = propstat.find(({ status }) => status === undefined || /\b2\d\d\b/.test(textIn(status)));
  const props = found?.prop;
  if (props === undefined || props === "")
    return { path, isFolder: false, sizeBytes: null, modifiedMs: null };
  const size = /^\d+$/.exec(textIn(props.getcontentlength))?.[0];
  const modifiedMs = Date.parse(textIn(props.getlastmodified));
  return {
    path,
    isFolder: isCollection(props.resourcetype),
    sizeBytes: size === undefined ? null : Number(size),
    modifiedMs: Number.isNaN(modifiedMs) ? null : modifiedMs,
  };
}

function textIn(value: unknown): string {
  return typeof value === "string" ? value.trim() : "";
}

function isCollection(type: unknown): boolean {
  return typeof type === "object" && type !== null && "collection" in type;
}
