import { HoldfastError } from "../../base/errors.ts";
import { isName } from "../names.ts";

/** A place on the Hugging Face Hub. */
export interface HubAddress {
  readonly kind: "datasets" | "buckets";
  /** `namespace/name`. */
  readonly repo: string;
  /** A folder in it, '' for all of it; does not end in '/'. */
  readonly prefix: string;
}

const ADDRESS = /^hf:\/\/(datasets|buckets)\/([\w.-]{1,96}\/[\w.-]{1,96})(?:\/(.*))?$/i;

/** True for an address of the Hub, right or wrong. */
export function isHubAddress(url: string): boolean {
  return /^hf:/i.test(url);
}

/**
 * Takes an address apart: `hf://datasets/namespace/name` or `hf://buckets/namespace/name`, and a folder.
 *
 * @throws {HoldfastError} `CONFIG` when it is not one; the message does not repeat it, as it may hold a secret
 */
export function parseHubAddress(url: string): HubAddress {
  const [, kind, repo, rest] = ADDRESS.exec(url) ?? [];
  const prefix = (rest ?? "").replace(/\/+$/, "");
  if (kind === undefined || repo === undefined || (prefix !== "" && !isName(prefix))) {
    throw new HoldfastError({
      code: "CONFIG",
      message: "the address of the place on the Hugging Face Hub is not complete",
      hint: "write it like hf://datasets/namespace/name, with nothing before or behind but a folder",
    });
  }
  return { kind: kind.toLowerCase() as HubAddress["kind"], repo, prefix };
}
