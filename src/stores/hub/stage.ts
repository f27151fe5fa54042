import { createHash } from "node:crypto";
import { HoldfastError } from "../../base/errors.ts";
import { checkCancelled } from "../cancelled.ts";
import type { CallOptions, NewFile } from "../store.ts";
import { fieldsOf, post, signalOf, strange } from "./api.ts";
import type { HubClient } from "./client.ts";
import { upload, type UploadOptions } from "./lfs.ts";
import { jsonOf } from "../http/exchange.ts";
import { pathOf } from "./view.ts";

/** A file that the next commit can name. */
export interface StagedFile {
  readonly name: string;
  readonly sizeBytes: number;
  /** Git's hash of what the commit will hold. */
  readonly oid: string;
  /** SHA-256 of the content, when it has been uploaded beside git. */
  readonly lfsOid: string | null;
  /** The content, when it travels in the commit itself. */
  readonly base64: string | null;
}

/** What the Hub looks at to tell a text from something else. */
const SAMPLE_BYTES = 512;
/** As the official client does. */
const FILES_A_REQUEST = 100;

/**
 * Makes files ready for a commit: asks the Hub which of them go beside git, and uploads those.
 *
 * @throws {HoldfastError} `CONFIG` when the dataset ignores a name; `DISK_FULL`, `STORE_AUTH`,
 *   `STORE_UNREACHABLE`, `CANCELLED`
 */
export async function stage(
  client: HubClient,
  prefix: string,
  files: readonly NewFile[],
  options: UploadOptions,
): Promise<StagedFile[]> {
  const staged: StagedFile[] = [];
  for (let start = 0; start < files.length; start += FILES_A_REQUEST) {
    checkCancelled(options);
    const some = files.slice(start, start + FILES_A_REQUEST);
    const large = await askWhichAreLarge(client, prefix, some, options);
    const ready = some.map((file) => (large.has(file.name) ? asLarge(file) : asSmall(file)));
    const contents = some.flatMap(({ bytes }, index) => {
      const oid = ready[index]?.lfsOid ?? null;
      return oid === null ? [] : [{ oid, bytes }];
    });
    await upload(client, [...new Map(contents.map((each) => [each.oid, each])).values()], options);
    staged.push(...ready);
  }
  return staged;
}

/** The names of the files that the Hub wants beside git. */
async function askWhichAreLarge(
  client: HubClient,
  prefix: string,
  files: readonly NewFile[],
  options: CallOptions,
): Promise<ReadonlySet<string>> {
  const what = `write to the dataset ${client.repo}`;
  const response = await post(client, "/preupload/main", {
    ...signalOf(options),
    body: {
      files: files.map(({ name, bytes }) => ({
        path: pathOf(prefix, name),
        size: bytes.length,
        sample: Buffer.from(bytes.subarray(0, SAMPLE_BYTES)).toString("base64"),
      })),
    },
    what,
  });
  const rows = fieldsOf(jsonOf(response))["files"];
  if (!Array.isArray(rows)) throw strange(what);
  const large = new Set<string>();
  const skip = prefix === "" ? 0 : prefix.length + 1;
  for (const row of rows as unknown[]) {
    const { path, uploadMode, shouldIgnore } = fieldsOf(row);
    if (shouldIgnore === true) throw ignored(client.repo, String(path));
    if (uploadMode === "lfs") large.add(String(path).slice(skip));
  }
  // An object of no bytes cannot be uploaded.
  for (const { name, bytes } of files) if (bytes.length === 0) large.delete(name);
  return large;
}

function asLarge({ name, bytes }: NewFile): StagedFile {
  const lfsOid = createHash("sha256").update(bytes).digest("hex");
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${lfsOid}\nsize ${bytes.length}\n`;
  return { name, sizeBytes: bytes.length, oid: blobOid(Buffer.from(pointer)), lfsOid, base64: null };
}

function asSmall({ name, bytes }: NewFile): StagedFile {
  const base64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
  return { name, sizeBytes: bytes.length, oid: blobOid(bytes), lfsOid: null, base64 };
}

/** Git's name for a content. */
export function blobOid(bytes: Uint8Array): string {
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

function ignored(repo: string, path: string): HoldfastError {
  return new HoldfastError({
    code: "CONFIG",
    message: `the file .gitignore of the dataset ${repo} leaves out ${path}`,
    hint: "remove that file, or name another dataset",
  });
}
