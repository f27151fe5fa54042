import { fromBytes, fromText, toBytes, type ByteString } from "../base/byte-string.ts";
import { HoldfastError } from "../base/errors.ts";
import { goQuote, goString, goStringOfBytes, goUnquote } from "./go-json.ts";
import { formatTime, parseTime } from "./go-time.ts";
import { type Id, isId } from "./ids.ts";
import {
  bytesField,
  countField,
  type JsonObject,
  listField,
  asObject,
  optionalIdField,
  textField,
} from "./json.ts";
import type { ExtendedAttribute, Node, NodeType } from "./node.ts";

const TYPES: ReadonlySet<string> = new Set<NodeType>([
  "file",
  "dir",
  "symlink",
  "dev",
  "chardev",
  "fifo",
  "socket",
]);

/** A node as restic writes it: the fields of its `Node` in their order, those at their zero value left out. */
export function encodeNode(node: Node): string {
  const mtime = formatTime(node.mtimeNs);
  const atime = node.atimeNs === node.mtimeNs ? mtime : formatTime(node.atimeNs);
  let json = `{"name":${goString(goQuote(node.name))},"type":"${node.type}"`;
  if (node.mode !== 0) json += `,"mode":${node.mode}`;
  json += `,"mtime":"${mtime}","atime":"${atime}","ctime":"${formatTime(node.ctimeNs)}"`;
  json += `,"uid":${node.uid},"gid":${node.gid}`;
  if (node.user !== "") json += `,"user":${goString(node.user)}`;
  if (node.group !== "") json += `,"group":${goString(node.group)}`;
  if (node.inode !== 0n) json += `,"inode":${node.inode}`;
  if (node.deviceId !== 0n) json += `,"device_id":${node.deviceId}`;
  if (node.size !== 0) json += `,"size":${node.size}`;
  if (node.links !== 0) json += `,"links":${node.links}`;
  if (node.linkTarget !== null) json += encodeLinkTarget(node.linkTarget);
  if (node.extendedAttributes.length > 0) json += encodeExtendedAttributes(node.extendedAttributes);
  if (node.genericAttributes !== null)
    json += `,"generic_attributes":${JSON.stringify(node.genericAttributes)}`;
  if (node.device !== 0n) json += `,"device":${node.device}`;
  json += `,"content":${encodeContent(node.content)}`;
  if (node.subtree !== null) json += `,"subtree":"${node.subtree}"`;
  if (node.error !== "") json += `,"error":${goString(node.error)}`;
  return `${json}}`;
}

function encodeLinkTarget(target: ByteString): string {
  if (target === "") return "";
  const bytes = toBytes(target);
  const text = bytes.toString("utf8");
  if (fromText(text) === target) return `,"linktarget":${goString(text)}`;
  return `,"linktarget":${goStringOfBytes(target)},"linktarget_raw":"${bytes.toString("base64")}"`;
}

function encodeExtendedAttributes(attributes: readonly ExtendedAttribute[]): string {
  const items = attributes.map(({ name, value }) => {
    return `{"name":${goString(name)},"value":"${Buffer.from(value).toString("base64")}"}`;
  });
  return `,"extended_attributes":[${items.join(",")}]`;
}

function encodeContent(content: readonly Id[] | null): string {
  if (content === null) return "null";
  return content.length === 0 ? "[]" : `["${content.join('","')}"]`;
}

/**
 * Numbers that JSON.parse would round (inodes reach 2^64) become texts first. In compact JSON a key
 * follows `{` or `,` directly; inside a string its quotation mark would be escaped.
 */
const HAS_LARGE_NUMBER = /:\s*\d{16}/;
const LARGE_NUMBERS = /([{,]\s*"(?:inode|device_id|device)"\s*:\s*)(\d{16,20})(?=\s*[,}])/g;

/** Prepares the text of a tree for `JSON.parse`, keeping 64-bit numbers exact. */
export function protectLargeNumbers(json: string): string {
  return HAS_LARGE_NUMBER.test(json) ? json.replace(LARGE_NUMBERS, '$1"$2"') : json;
}

/**
 * A node from parsed JSON.
 *
 * @throws {HoldfastError} `DATA_DAMAGED` when a field is of the wrong kind
 */
export function decodeNode(value: unknown): Node {
  const json = asObject(value, "a node");
  const type = textField(json, "type");
  const mtimeNs = decodeTime(json["mtime"]);
  return {
    name: goUnquote(textField(json, "name")),
    // A type that a later restic invents is shown, and left alone by everything else.
    type: TYPES.has(type) ? (type as NodeType) : "irregular",
    mode: countField(json, "mode"),
    mtimeNs,
    atimeNs: json["atime"] === json["mtime"] ? mtimeNs : decodeTime(json["atime"]),
    ctimeNs: json["ctime"] === json["mtime"] ? mtimeNs : decodeTime(json["ctime"]),
    uid: countField(json, "uid"),
    gid: countField(json, "gid"),
    user: textField(json, "user"),
    group: textField(json, "group"),
    inode: largeField(json, "inode"),
    deviceId: json["device_id"] === undefined ? 0n : largeField(json, "device_id"),
    size: countField(json, "size"),
    links: countField(json, "links"),
    linkTarget: type === "symlink" || json["linktarget"] !== undefined ? decodeLinkTarget(json) : null,
    extendedAttributes: json["extended_attributes"] === undefined ? NONE : decodeExtendedAttributes(json),
    genericAttributes: decodeGenericAttributes(json["generic_attributes"]),
    device: json["device"] === undefined ? 0n : largeField(json, "device"),
    content: decodeContent(json["content"]),
    subtree: optionalIdField(json, "subtree"),
    error: textField(json, "error"),
  };
}

const NONE: readonly ExtendedAttribute[] = [];

function decodeTime(value: unknown): bigint {
  return typeof value === "string" ? parseTime(value) : 0n;
}

function decodeLinkTarget(json: JsonObject): ByteString {
  if (json["linktarget_raw"] !== undefined) return fromBytes(bytesField(json, "linktarget_raw"));
  return fromText(textField(json, "linktarget"));
}

function decodeExtendedAttributes(json: JsonObject): ExtendedAttribute[] {
  return listField(json, "extended_attributes").map((value) => {
    const attribute = asObject(value, "an extended attribute");
    return { name: textField(attribute, "name"), value: bytesField(attribute, "value") };
  });
}

/** restic's own are values of one or two levels. */
const MAX_DEPTH = 8;

function decodeGenericAttributes(value: unknown): JsonObject | null {
  if (value === undefined || value === null) return null;
  if (isShallow(value, MAX_DEPTH)) return asObject(value, "generic_attributes");
  throw new HoldfastError({
    code: "DATA_DAMAGED",
    message: "a node holds attributes that are nested too deep",
  });
}

function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  return depth > 0 && Object.values(value).every((inner) => isShallow(inner, depth - 1));
}

function decodeContent(value: unknown): readonly Id[] | null {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value) && value.every(isId)) return value;
  throw new HoldfastError({ code: "DATA_DAMAGED", message: "a node holds a content list that is not one" });
}

function largeField(json: JsonObject, field: string): bigint {
  const value = json[field];
  if (typeof value === "string" && /^\d{16,20}$/.test(value)) return BigInt(value);
  return BigInt(countField(json, field));
}
