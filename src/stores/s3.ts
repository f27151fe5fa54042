import { checkCancelled } from "./cancelled.ts";
import { refuseCondition } from "./conditions.ts";
import { checkName, checkPrefix } from "./names.ts";
import { cannotCreateOnly } from "./refusals.ts";
import type { S3Client } from "./s3/client.ts";
import { publicBucket } from "./s3/errors.ts";
import { listFiles } from "./s3/listing.ts";
import type { CreateHeaders } from "./s3/presets.ts";
import { PROBE_NAME } from "./s3/probe.ts";
import { readFile } from "./s3/reading.ts";
import { putFile, removeFile } from "./s3/writing.ts";
import type { CallOptions, Store, StoreTraits } from "./store.ts";

/** What a store in a bucket is made of. */
export interface S3StoreOptions {
  readonly client: S3Client;
  /** Headers with which a write does not replace a file; `null` when the server knows none. */
  readonly createHeaders: CreateHeaders;
  /** Whether everybody can see what is in the bucket. */
  readonly isPublic: () => Promise<boolean>;
}

/**
 * A store in a bucket of S3 or a relative, laid out as restic's S3 backend does: a name is a key below the
 * folder of the address.
 *
 * One file is one request, and so whole or not there. While everybody can list the bucket, nothing is read
 * or written.
 */
export function openS3Store({ client, createHeaders, isPublic }: S3StoreOptions): Store {
  const traits: StoreTraits = {
    atomicBatch: false,
    atomicFiles: 1,
    createOnly: createHeaders !== null,
    rangeReads: true,
    conditionalWrites: false,
  };
  /** The question goes on when one call is given up: others wait for the answer too. */
  const checkPrivate = async (options: CallOptions | undefined): Promise<void> => {
    if (await unlessCancelled(isPublic(), options)) throw publicBucket(client.place);
  };

  return {
    url: client.place.url,
    traits,

    async *list(prefix, options) {
      checkPrefix(prefix);
      checkCancelled(options);
      const checked = checkPrivate(options);
      checked.catch(() => {}); // looked at before anything is given
      for await (const file of listFiles(client, prefix, options)) {
        await checked;
        checkCancelled(options);
        if (file.name !== PROBE_NAME) yield file;
      }
      await checked;
    },

    async read(name, range, options) {
      checkName(name);
      checkCancelled(options);
      const [bytes] = await Promise.all([readFile(client, name, range, options), checkPrivate(options)]);
      return bytes;
    },

    async write(files, options = {}) {
      for (const { name } of files) checkName(name);
      refuseCondition(traits, options);
      checkCancelled(options);
      const isCreate = options.createOnly === true;
      if (isCreate && createHeaders === null) throw cannotCreateOnly();
      await checkPrivate(options);
      for (const file of files) {
        checkCancelled(options);
        await putFile(client, file, isCreate ? createHeaders : null, options);
        options.onSent?.(file.bytes.length);
      }
    },

    async remove(names, options) {
      for (const name of names) checkName(name);
      checkCancelled(options);
      await checkPrivate(options);
      for (const name of names) {
        checkCancelled(options);
        await removeFile(client, name, options);
      }
    },

    async close() {},
  };
}

async function unlessCancelled<Result>(
  work: Promise<Result>,
  options: CallOptions | undefined,
): Promise<Result> {
  const { promise: cancelled, resolve } = Promise.withResolvers<null>();
  const onAbort = (): void => resolve(null);
  options?.signal?.addEventListener("abort", onAbort, { once: true });
  try {
    await Promise.race([work, cancelled]);
    checkCancelled(options);
    return await work;
  } finally {
    options?.signal?.removeEventListener("abort", onAbort);
  }
}
