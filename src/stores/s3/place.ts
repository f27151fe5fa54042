import { HoldfastError } from "../../base/errors.ts";
import { isLoopback } from "../http/loopback.ts";
import { type S3Access, variableOf } from "./access.ts";
import type { S3Address } from "./address.ts";
import { type CreateHeaders, PRESETS, type S3Preset, UNKNOWN_SERVER } from "./presets.ts";

/** Where the files of a store are, and how the server there wants to be spoken to. */
export interface S3Place {
  /** The address for people. */
  readonly url: string;
  readonly preset: S3Preset;
  /** Of the bucket; its path ends in '/'. */
  readonly base: URL;
  readonly bucket: string;
  /** What the names of files begin with; '' or ends in '/'. */
  readonly prefix: string;
  readonly region: string;
  readonly createHeaders: CreateHeaders | "ask";
  /** The variable that sets the region; `null` when there is none. */
  readonly regionVariable: string | null;
}

const REGION = /^[a-z0-9-]{1,64}$/i;
const ACCOUNT = /^[\w.-]{1,96}$/;

/**
 * The place that an address means.
 *
 * @throws {HoldfastError} `CONFIG` when a region, an account or an endpoint is missing or cannot be right
 */
export function s3PlaceOf(address: S3Address, access: S3Access): S3Place {
  const { scheme, host, bucket, prefix } = address;
  const named = PRESETS[scheme];
  if (named === undefined) throw new Error(`no preset is called ${scheme}`);
  const url = `${scheme}://${[host, bucket, prefix].filter((part) => part !== null && part !== "").join("/")}`;
  return placeOf({ url, bucket, prefix, host, preset: named, settings: address.settings }, access);
}

/** What a place is made of. */
export interface PlaceParts extends Pick<S3Address, "host" | "bucket" | "prefix" | "settings"> {
  readonly url: string;
  readonly preset: S3Preset;
}

/** As {@link s3PlaceOf}, for an address that was taken apart elsewhere. */
export function placeOf(parts: PlaceParts, access: S3Access): S3Place {
  const { url, bucket, prefix } = parts;
  const own = endpointOf(parts, access);
  const preset = own === null ? parts.preset : presetAt(own, parts.preset);
  const region = regionOf(parts, preset, access);
  const endpoint = own ?? new URL(templateOf(parts, region, access));
  return {
    url,
    preset,
    bucket,
    region,
    prefix: prefix === "" ? "" : `${prefix}/`,
    base: baseOf(endpoint, bucket, styleOf(parts, preset, own)),
    createHeaders: createHeadersOf(parts, preset),
    regionVariable: preset.regionVariables[0] ?? null,
  };
}

/** The endpoint that the user names; `null` when it follows from the region. */
function endpointOf({ host, settings, preset }: PlaceParts, access: S3Access): URL | null {
  const scheme = host !== null && isLoopback(new URL(`http://${host}`)) ? "http" : "https";
  const named = settings.endpoint ?? variableOf(access, preset.endpointVariables);
  const text = named ?? (host === null ? undefined : `${scheme}://${host}`);
  if (text === undefined) return null;
  const url = URL.parse(/^https?:\/\//i.test(text) ? text : `https://${text}`);
  const isPlain = url !== null && url.username === "" && url.password === "" && url.search === "";
  if (isPlain && url.hash === "") return url;
  throw new HoldfastError({
    code: "CONFIG",
    message: "the endpoint of the S3 server is not the address of a server",
    hint: "write it like https://s3.example.com, without user, password or query",
  });
}

/** What is known of the server at an endpoint, which may be another provider than the scheme says. */
function presetAt({ hostname }: URL, named: S3Preset): S3Preset {
  if (named !== PRESETS["s3"]) return named;
  return Object.values(PRESETS).find(({ hosts }) => hosts.test(hostname)) ?? UNKNOWN_SERVER;
}

function regionOf({ settings, url, preset: named }: PlaceParts, preset: S3Preset, access: S3Access): string {
  const names = [...new Set([...preset.regionVariables, ...named.regionVariables])];
  const given = settings.region ?? variableOf(access, names) ?? preset.region;
  if (given === null) {
    throw new HoldfastError({
      code: "CONFIG",
      message: `the region of the bucket is not known, and ${preset.name} has no usual one`,
      hint: `set ${preset.regionVariables[0] ?? "AWS_REGION"}, or write ${url}?region=… (it is shown at ${preset.console})`,
    });
  }
  // OSS writes its regions with its own name in front in some places.
  const region = given.replace(/^oss-/, "");
  if (REGION.test(region)) return region;
  throw new HoldfastError({
    code: "CONFIG",
    message: "the region of the bucket has characters that no region has",
    hint: "write it like eu-west-1",
  });
}

function templateOf({ preset, settings, url }: PlaceParts, region: string, access: S3Access): string {
  const [, template] = preset.endpoints.find(([pattern]) => pattern.test(region)) ?? [];
  if (template === undefined) throw new Error(`${preset.name} has no endpoint of its own`);
  if (!template.includes("{account}")) return template.replace("{region}", region);
  const account = settings.account ?? variableOf(access, preset.accountVariables) ?? "";
  if (ACCOUNT.test(account)) return template.replace("{account}", account);
  throw new HoldfastError({
    code: "CONFIG",
    message: `the account that the bucket of ${preset.name} belongs to is not known`,
    hint: `set ${preset.accountVariables[0] ?? ""}, or write ${url}?account=… (it is shown at ${preset.console})`,
  });
}

/** A certificate does not cover a bucket with dots in its name, so that one stands in the path. */
function styleOf({ settings, bucket }: PlaceParts, preset: S3Preset, own: URL | null): "path" | "virtual" {
  const { style } = settings;
  if (style === "path" || style === "virtual") return style;
  if (style !== undefined) {
    throw new HoldfastError({
      code: "CONFIG",
      message: "the style of the address of a bucket is 'path' or 'virtual'",
      hint: "leave it out, unless the server refuses the usual one",
    });
  }
  const isOwnMachine = own !== null && isLoopback(own);
  return isOwnMachine || (bucket.includes(".") && preset.name === "Amazon S3") ? "path" : preset.style;
}

function createHeadersOf({ settings }: PlaceParts, preset: S3Preset): CreateHeaders | "ask" {
  const told = settings["create-only"];
  if (told === undefined) return preset.createHeaders;
  if (told === "none") return null;
  if (told === "native") return { "if-none-match": "*" };
  throw new HoldfastError({
    code: "CONFIG",
    message: "create-only in the address of a bucket is 'native' or 'none'",
    hint: "leave it out, and the server is asked once",
  });
}

function baseOf(endpoint: URL, bucket: string, style: "path" | "virtual"): URL {
  const base = new URL(endpoint);
  const path = base.pathname.replace(/\/+$/, "");
  if (style === "virtual") base.host = `${bucket}.${base.host}`;
  base.pathname = style === "virtual" ? `${path}/` : `${path}/${bucket}/`;
  return base;
}
