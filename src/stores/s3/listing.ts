import { HoldfastError } from "../../base/errors.ts";
import { type HttpResponse, textOf } from "../http/exchange.ts";
import { elementsIn, textIn, xmlElement } from "../http/xml.ts";
import { isName } from "../names.ts";
import type { CallOptions, StoredFile } from "../store.ts";
import type { S3Client } from "./client.ts";

/** A thousand files each. */
const MAX_PAGES = 10_000;

/**
 * The files of a bucket whose names begin so, without the folder of the store in front. What is not named
 * like a file of a store is left out.
 */
export async function* listFiles(
  client: S3Client,
  prefix: string,
  options: CallOptions | undefined,
): AsyncGenerator<StoredFile> {
  const { place } = client;
  const what = `list the files in the bucket ${place.bucket}`;
  let token = "";
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const response = await client.send({
      signal: options?.signal,
      method: "GET",
      query: {
        "list-type": "2",
        "encoding-type": "url",
        prefix: `${place.prefix}${prefix}`,
        ...(token === "" ? {} : { "continuation-token": token }),
      },
      what,
      right: "list",
    });
    if (response.status !== 200) throw client.errorOf(response, { what, right: "list" });
    const listed = pageOf(response);
    if (listed === null) throw notListed(what, response);
    for (const { key, sizeBytes } of listed.files) {
      const name = key.slice(place.prefix.length);
      if (key.startsWith(`${place.prefix}${prefix}`) && isName(name)) yield { name, sizeBytes };
    }
    if (listed.next === null) return;
    if (listed.next === "" || listed.next === token) throw notListed(what, response);
    token = listed.next;
  }
  throw new HoldfastError({ code: "FAILED", message: `could not ${what}: there are too many` });
}

interface Page {
  readonly files: readonly { readonly key: string; readonly sizeBytes: number }[];
  /** Where the next page begins; `null` after the last one. */
  readonly next: string | null;
}

function pageOf(response: HttpResponse): Page | null {
  const top = xmlElement(textOf(response), "ListBucketResult");
  if (top === null) return null;
  const isEncoded = textIn(top, "EncodingType") === "url";
  const files = elementsIn(top, "Contents").map((element) => ({
    key: decoded(textIn(element, "Key"), isEncoded),
    sizeBytes: Number(textIn(element, "Size")),
  }));
  if (files.some(({ sizeBytes }) => !Number.isSafeInteger(sizeBytes) || sizeBytes < 0)) return null;
  return {
    files,
    next: textIn(top, "IsTruncated") === "true" ? textIn(top, "NextContinuationToken") : null,
  };
}

/** As forms are encoded. What is not is no name of ours. */
function decoded(key: string, isEncoded: boolean): string {
  if (!isEncoded) return key;
  try {
    return decodeURIComponent(key.replaceAll("+", " "));
  } catch {
    return key;
  }
}

/** An answer that is none must never pass for an empty store. */
function notListed(what: string, { host }: HttpResponse): HoldfastError {
  return new HoldfastError({
    code: "STORE_UNREACHABLE",
    message: `could not ${what}: the answer of ${host} is no list`,
    hint: "look whether that is the address of an S3 server, and whether something answers in its place",
  });
}
