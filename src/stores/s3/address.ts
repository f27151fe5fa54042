import { HoldfastError } from "../../base/errors.ts";
import { isName } from "../names.ts";

/** A place in a bucket, as its address says. */
export interface S3Address {
  /** The name of a preset. */
  readonly scheme: string;
  /** With its port; only where the address names a server. */
  readonly host: string | null;
  readonly bucket: string;
  /** A folder in it, '' for all of it; does not end in '/'. */
  readonly prefix: string;
  /** What stands behind the '?'. */
  readonly settings: Readonly<Partial<Record<Setting, string>>>;
}

/** What an address may set. */
export type Setting = "region" | "endpoint" | "account" | "style" | "create-only";

const SETTINGS: readonly string[] = ["region", "endpoint", "account", "style", "create-only"];
const ADDRESS = /^(s3|r2|b2|oss|cos|minio):\/\/([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/i;
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/i;
const HOST = /^[a-z0-9.-]+(:\d{1,5})?$|^\[[0-9a-f:]+\](:\d{1,5})?$/i;

/** True for an address of S3 or one of its relatives, right or wrong. */
export function isS3Address(url: string): boolean {
  return /^(s3|r2|b2|oss|cos|minio):/i.test(url);
}

/**
 * Takes an address apart: `s3://bucket/folder?region=…`, or `minio://host:9000/bucket/folder`.
 *
 * @throws {HoldfastError} `CONFIG` when it is not one; the message does not repeat it, as it may hold a secret
 */
export function parseS3Address(url: string): S3Address {
  const [, scheme = "", first = "", rest = "", query = ""] = ADDRESS.exec(url) ?? [];
  const namesHost = scheme.toLowerCase() === "minio";
  const path = [...(namesHost ? [] : [first]), ...rest.split("/")];
  const [bucket = "", ...folders] = path;
  const prefix = folders.join("/").replace(/\/+$/, "");
  const host = namesHost ? first : null;
  if (!BUCKET.test(bucket) || (host !== null && !HOST.test(host)) || (prefix !== "" && !isName(prefix)))
    throw badAddress("the address of the bucket is not complete, or has characters that it must not have");
  return { scheme: scheme.toLowerCase(), host, bucket, prefix, settings: settingsOf(query) };
}

function settingsOf(query: string): S3Address["settings"] {
  const settings: Partial<Record<string, string>> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    if (!SETTINGS.includes(name) || value === "")
      throw badAddress(`behind the '?' of the address of a bucket stand only ${SETTINGS.join(", ")}`);
    settings[name] = value;
  }
  return settings;
}

function badAddress(message: string): HoldfastError {
  return new HoldfastError({
    code: "CONFIG",
    message,
    hint: "write it like s3://bucket/folder?region=eu-west-1 or minio://host:9000/bucket; keys stand in variables, never in the address",
  });
}
