import { type Grant, lineOf } from "../../../src/stores/oauth/grant.ts";
import { type GoogleDriveOptions, openGoogleDriveStore } from "../../../src/stores/gdrive.ts";
import { type OneDriveOptions, openOneDriveStore } from "../../../src/stores/onedrive.ts";
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

/** A stand-in OneDrive, and ways to a folder in it. */
export interface OneDrivePlace extends AsyncDisposable {
  readonly clock: Clock;
  readonly server: OneDriveServer;
  readonly line: string;
  /** A store of its own, as another process would open. */
  open(options?: Partial<OneDriveOptions>, folder?: string): Promise<Store>;
}

/** Starts a OneDrive that somebody has signed in to. */
export async function oneDrivePlace(rules: Partial<OneDriveRules> = {}): Promise<OneDrivePlace> {
  const clock = { nowMs: Date.UTC(2026, 0, 1) };
  const server = await startOneDrive(clock, rules);
  const line = lineFor(server.signIn);
  return {
    clock,
    server,
    line,
    open: (options, folder = "vault") =>
      openOneDriveStore(folder, {
        access: { token: line, tokenFile: null },
        fetch: server.fetch,
        retry: quick(clock),
        clock: () => clock.nowMs,
        ...options,
      }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** A stand-in Google Drive, and ways to a folder in it. */
export interface GoogleDrivePlace extends AsyncDisposable {
  readonly clock: Clock;
  readonly server: GoogleDriveServer;
  readonly line: string;
  /** A store of its own, as another process would open. */
  open(options?: Partial<GoogleDriveOptions>, folder?: string): Promise<Store>;
}

/** Starts a Google Drive that somebody has signed in to. */
export async function googleDrivePlace(rules: Partial<GoogleDriveRules> = {}): Promise<GoogleDrivePlace> {
  const clock = { nowMs: Date.UTC(2026, 0, 1) };
  const server = await startGoogleDrive(clock, rules);
  const line = lineFor(server.signIn);
  return {
    clock,
    server,
    line,
    open: (options, folder = "vault") =>
      openGoogleDriveStore(folder, {
        access: { token: line, tokenFile: null },
        fetch: server.fetch,
        retry: quick(clock),
        clock: () => clock.nowMs,
        ...options,
      }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
