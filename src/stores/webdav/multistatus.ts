import { type HttpResponse, textOf } from "../http/exchange.ts";
import { elementIn, elementsIn, textIn, type XmlElement, xmlElement } from "../http/xml.ts";
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

/**
 * The resources of an answer to `PROPFIND`, whatever names its server has for namespaces.
 *
 * @returns `null` when it is no such answer, or not a whole one
 */
export function resourcesOf(response: HttpResponse): Resource[] | null {
  if (response.status !== 207 || isWebPage(response)) return null;
  const text = textOf(response);
  const multistatus = WHOLE.test(text) ? xmlElement(text, "multistatus") : null;
  if (multistatus === null) return null;
  return elementsIn(multistatus, "response")
    .map(resourceOf)
    .filter((resource) => resource !== null);
}

/** The path of an address, decoded, without a slash at its end; `null` when it is none. */
export function decodedPath(href: string): string | null {
  try {
    return decodeURIComponent(new URL(href, "http://host").pathname).replace(/\/+$/, "");
  } catch {
    return null;
  }
}

function resourceOf(response: XmlElement): Resource | null {
  const path = decodedPath(textIn(response, "href"));
  if (path === null) return null;
  // Properties that the server does not have are listed under another status.
  const found = elementsIn(response, "propstat").find((each) => /^$|\b2\d\d\b/.test(textIn(each, "status")));
  const props = elementIn(found ?? {}, "prop") ?? {};
  const size = /^\d+$/.exec(textIn(props, "getcontentlength"))?.[0];
  const modifiedMs = Date.parse(textIn(props, "getlastmodified"));
  return {
    path,
    isFolder: elementIn(elementIn(props, "resourcetype") ?? {}, "collection") !== null,
    sizeBytes: size === undefined ? null : Number(size),
    modifiedMs: Number.isNaN(modifiedMs) ? null : modifiedMs,
  };
}
