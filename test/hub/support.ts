import { type Hub, type HubOptions, startHub } from "./hub.ts";
import { UNCOUNTED } from "./limits.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** A Hub with the user `alice`, in a folder of its own that goes away with it. */
export interface HubUnderTest extends AsyncDisposable {
  readonly hub: Hub;
  /** Alice's, with the right to write. */
  readonly token: string;
}

/** Starts a Hub that counts no requests, unless its limits say so. */
export async function temporaryHub(options: Partial<HubOptions> = {}): Promise<HubUnderTest> {
  const folder = await temporaryFolder();
  const hub = await startHub({
    folder: folder.path,
    ...options,
    limits: { ...UNCOUNTED, ...options.limits },
  });
  hub.addUser("alice");
  const token = hub.addToken({ user: "alice", role: "write" });
  return {
    hub,
    token,
    async [Symbol.asyncDispose]() {
      await hub[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}
