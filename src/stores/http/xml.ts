import { XMLParser } from "fast-xml-parser";

/** What stands many times in another element: in lists of S3, and of WebDAV. */
const MANY: ReadonlySet<string> = new Set(["Contents", "response", "propstat"]);

/** Text stays text, and names lose their namespace; no entity beyond the five of XML is known. */
const PARSER = new XMLParser({
  ignoreAttributes: true,
  removeNSPrefix: true,
  parseTagValue: false,
  trimValues: true,
  isArray: (name) => MANY.has(name),
});

/** An element: its texts and elements by name. */
export type XmlElement = Readonly<Record<string, unknown>>;

/**
 * The element at the top of a document, when it has this name; `null` when the text is something else, as
 * when something between us and the server has answered.
 */
export function xmlElement(text: string, name: string): XmlElement | null {
  try {
    return elementOf((PARSER.parse(text) as XmlElement)[name]);
  } catch {
    return null;
  }
}

/** The text of an element in another one; '' when there is none. */
export function textIn(element: XmlElement, name: string): string {
  const value = element[name];
  return typeof value === "string" ? value : "";
}

/** An element in another one; `null` when there is none. */
export function elementIn(element: XmlElement, name: string): XmlElement | null {
  return elementOf(element[name]);
}

/** The elements of a name that stand many times in another one. */
export function elementsIn(element: XmlElement, name: string): readonly XmlElement[] {
  const values = element[name];
  return Array.isArray(values) ? values.map(elementOf).filter((value) => value !== null) : [];
}

/** An empty element is read as an empty text. */
function elementOf(value: unknown): XmlElement | null {
  if (value === "") return {};
  return typeof value === "object" && value !== null ? (value as XmlElement) : null;
}
