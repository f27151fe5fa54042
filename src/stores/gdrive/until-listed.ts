import type { DriveClient } from "../oauth/drive-client.ts";
import type { CallOptions } from "../store.ts";
import type { DriveFile } from "./api.ts";
import { mayPass } from "./errors.ts";

const FIRST_LOOK_MS = 200;
const MAX_BETWEEN_MS = 2000;
const MAX_LOOKS = 35;

/**
 * Waits until listings show what was made: they are late, at times by seconds, and whoever looks next has to
 * see it.
 *
 * @returns what the last look has found
 * @throws {HoldfastError} `STORE_UNREACHABLE` when they do not for a minute; what the look throws
 */
export async function untilListed(
  client: DriveClient,
  id: string,
  look: () => Promise<readonly DriveFile[]>,
  options: CallOptions,
): Promise<readonly DriveFile[]> {
  for (let looks = 1; looks <= MAX_LOOKS; looks += 1) {
    const found = await look();
    if (found.some((file) => file.id === id)) return found;
    await client.wait(Math.min(MAX_BETWEEN_MS, FIRST_LOOK_MS * 2 ** (looks - 1)), options);
  }
  throw mayPass("Google Drive does not list a file that was written a minute ago");
}
