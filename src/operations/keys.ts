import { HoldfastError } from "../base/errors.ts";
import { formatTime } from "../repository/go-time.ts";
import type { Id } from "../repository/ids.ts";
import { encodeKeyFile, listKeyFiles, openKeyFiles } from "../repository/key-file.ts";
import { KEYS } from "../repository/layout.ts";
import { acquireLock } from "../repository/lock.ts";
import type { Repository } from "../repository/repository.ts";
import type { CallOptions } from "../stores/store.ts";
import { atBorder } from "./border.ts";
import { type RepositoryAccess, withRepository } from "./open-repository.ts";

/** A key as `holdfast key list --json` shows it: each opens the repository with a password of its own. */
export interface KeyInfo {
  readonly id: string;
  /** It is the one that the password in use has opened. */
  readonly current: boolean;
  /** Who made it, and where. */
  readonly user: string;
  readonly host: string;
  /** RFC 3339. */
  readonly created: string;
}

/** A new password. */
export interface NewPassword {
  readonly newPassword: string;
}

/** What changed among the keys, as `holdfast key add|remove|passwd --json` show it: ids, or `null`. */
export interface KeyChange {
  readonly added: string | null;
  readonly removed: string | null;
}

/**
 * Lists the keys of a repository, oldest first.
 *
 * @throws {HoldfastError} whatever opening the repository throws
 */
export function listKeys(options: RepositoryAccess): Promise<KeyInfo[]> {
  const { signal } = options;
  return atBorder("could not list the keys", () =>
    withRepository(options, async ({ repository }) => {
      const files = await listKeyFiles(repository.store, { signal });
      return files.map(({ id, username, hostname, createdNs }) => ({
        id,
        current: id === repository.keyId,
        user: username,
        host: hostname,
        created: formatTime(createdNs),
      }));
    }),
  );
}

/**
 * Adds a password beside those that are there.
 *
 * @throws {HoldfastError} `LOCKED`, `STORE_READ_ONLY`, and whatever opening the repository throws
 */
export function addKey(options: RepositoryAccess & NewPassword): Promise<KeyChange> {
  const { signal, newPassword } = options;
  return atBorder("could not add the key", () =>
    withRepository(options, async ({ repository }) => {
      await using _lock = await acquireLock(repository, { exclusive: false, signal });
      return { added: await writeKey(repository, newPassword, { signal }), removed: null };
    }),
  );
}

/**
 * Removes a key, and with it its password. Who has copied the key file before can still use it.
 *
 * @param options `key` is the id, or the start of one
 * @throws {HoldfastError} `CONFIG` when it is the key in use, or not exactly one starts so; `LOCKED`,
 *   `STORE_READ_ONLY`, and whatever opening the repository throws
 */
export function removeKey(options: RepositoryAccess & { readonly key: string }): Promise<KeyChange> {
  const { signal, key } = options;
  return atBorder("could not remove the key", () =>
    withRepository(options, async ({ repository }) => {
      await using _lock = await acquireLock(repository, { exclusive: true, signal });
      const id = await findKey(repository, key, { signal });
      if (id === repository.keyId) throw keyInUse();
      await repository.store.remove([`${KEYS}${id}`], { signal });
      return { added: null, removed: id };
    }),
  );
}

/**
 * Replaces the password in use: the new key is stored and tried before the old one goes.
 *
 * @throws {HoldfastError} `LOCKED`, `STORE_READ_ONLY`, and whatever opening the repository throws
 */
export function changePassword(options: RepositoryAccess & NewPassword): Promise<KeyChange> {
  const { signal, newPassword } = options;
  return atBorder("could not change the password", () =>
    withRepository(options, async ({ repository }) => {
      await using _lock = await acquireLock(repository, { exclusive: true, signal });
      const added = await writeKey(repository, newPassword, { signal });
      const stored = (await listKeyFiles(repository.store, { signal })).filter(({ id }) => id === added);
      await openKeyFiles(stored, newPassword);
      await repository.store.remove([`${KEYS}${repository.keyId}`], { signal });
      return { added, removed: repository.keyId };
    }),
  );
}

async function writeKey(repository: Repository, password: string, options: CallOptions): Promise<Id> {
  const { id, bytes } = await encodeKeyFile(repository.keys, password);
  await repository.store.write([{ name: `${KEYS}${id}`, bytes }], options);
  return id;
}

async function findKey(repository: Repository, query: string, options: CallOptions): Promise<Id> {
  const files = await listKeyFiles(repository.store, options);
  const matches = files.filter(({ id }) => id.startsWith(query));
  const [match] = matches;
  if (match !== undefined && matches.length === 1) return match.id;
  throw new HoldfastError({
    code: "CONFIG",
    message: matches.length === 0 ? `there is no key '${query}'` : `several keys start with '${query}'`,
    hint: "list them with: holdfast key list",
  });
}

function keyInUse(): HoldfastError {
  return new HoldfastError({
    code: "CONFIG",
    message: "the key in use cannot be removed",
    hint: "use another password, or replace this one with: holdfast key passwd",
  });
}
