import { type Grant, lineOf } from "../../../src/stores/oauth/grant.ts";
import { type GoogleDriveOptions, openGoogleDriveStore } from "../../../src/stores/gdrive.ts";
import { type OneDriveOptions, openOneDriveStore } from "../../../src/stores/onedrive.ts";
import type { DriveClientOptions } from "../../../src/stores/oauth/drive-client.ts";
import type { RetryOptions } from "../../../src/stores/retry.ts";
import type { Store } from "../../../src/stores/store.ts";
import { type GoogleDriveRules, type GoogleDriveServer, startGoogleDrive } from "../../drives/drive.ts";
import { type OneDriveRules, type OneDriveServer, startOneDrive } from "../../drives/graph.ts";
import type { Clock } from "../../drives/server.ts";
import type { SignIn } from "../../drives/sign-in.ts";

/** Tries again at once; waits move the clock instead. */
export function quick(clock: Clock): RetryOptions {
  return {
    firstDelayMs: 1,
    maxDelayMs: 4,
    sleep: async (delayMs, signal) => {
      signal?.throwIfAborted();
      clock.nowMs += delayMs;
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

/** A line as `holdfast init … --print` prints it. */
export function lineFor(signIn: SignIn): string {
  const grant: Grant = {
    clientId: signIn.clientId,
    clientSecret: signIn.clientSecret,
    refreshToken: signIn.newRefreshToken(),
    givenMs: signIn.clock.nowMs,
    endsMs: null,
  };
  return lineOf(signIn.kind === "microsoft" ? "onedrive" : "gdrive", grant);
}

/** A stand-in drive, and ways to a folder in it. */
interface DrivePlace<Server, Options> extends AsyncDisposable {
  readonly clock: Clock;
  readonly server: Server;
  readonly line: string;
  /** A store of its own, as another process would open. */
  open(options?: Partial<Options>, folder?: string): Promise<Store>;
}

export type OneDrivePlace = DrivePlace<OneDriveServer, OneDriveOptions>;
export type GoogleDrivePlace = DrivePlace<GoogleDriveServer, GoogleDriveOptions>;

/** Starts a OneDrive that somebody has signed in to. */
export function oneDrivePlace(rules: Partial<OneDriveRules> = {}): Promise<OneDrivePlace> {
  return placeOn((clock) => startOneDrive(clock, rules), openOneDriveStore);
}

/** Starts a Google Drive that somebody has signed in to. */
export function googleDrivePlace(rules: Partial<GoogleDriveRules> = {}): Promise<GoogleDrivePlace> {
  return placeOn((clock) => startGoogleDrive(clock, rules), openGoogleDriveStore);
}

async function placeOn<Server extends OneDriveServer | GoogleDriveServer, Options extends DriveClientOptions>(
  start: (clock: Clock) => Promise<Server>,
  openStore: (folder: string, options: DriveClientOptions & Partial<Options>) => Promise<Store>,
): Promise<DrivePlace<Server, Options>> {
  const clock = { nowMs: Date.UTC(2026, 0, 1) };
  const server = await start(clock);
  const line = lineFor(server.signIn);
  return {
    clock,
    server,
    line,
    open: (options, folder = "vault") =>
      openStore(folder, {
        access: { token: line, tokenFile: null },
        fetch: server.fetch,
        retry: quick(clock),
        clock: () => clock.nowMs,
        ...options,
      } as DriveClientOptions & Partial<Options>),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
