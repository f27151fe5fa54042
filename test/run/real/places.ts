import { mkdir } from "node:fs/promises";
import { temporaryHub } from "../../hub/support.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

/** The kinds of places where snapshots are kept. */
export type PlaceName = "local" | "hub";

/** Where snapshots are kept, and what `holdfast run` has to be told about it. */
export interface Place extends AsyncDisposable {
  readonly environment: NodeJS.ProcessEnv;
  /** Flags of `holdfast run` about the login; without any, a person says when it is done. */
  readonly loginFlags: readonly string[];
  /** A folder outside, and where it is inside the sandbox. */
  readonly bound?: readonly [outside: string, inside: string];
}

const INSIDE = "/tmp/saved";
/**
 * The clock of the Hub is behind, so that none of its commits is of the last hour: running saves keep to a
 * number of commits an hour, and twenty starts in a few minutes would use it up.
 */
const BEHIND_MS = 2 * 60 * 60_000;

/** Makes an empty place, which goes away with everything in it. */
export async function openPlace(name: PlaceName): Promise<Place> {
  return await (name === "local" ? openFolder() : openHub());
}

async function openFolder(): Promise<Place> {
  const folder = await temporaryFolder();
  const outside = folder.at("saved");
  await mkdir(outside);
  return {
    environment: { HOLDFAST_STORE: INSIDE, HOLDFAST_PASSWORD: "a password for tests only" },
    loginFlags: ["--login-when", "cookie:session@127.0.0.1"],
    bound: [outside, INSIDE],
    [Symbol.asyncDispose]: async () => await folder[Symbol.asyncDispose](),
  };
}

/** As in a Space that has one secret: the private dataset beside it is found, and made, by itself. */
async function openHub(): Promise<Place> {
  const given = await temporaryHub({ now: () => Date.now() - BEHIND_MS });
  return {
    environment: { SPACE_ID: "alice/app", HF_ENDPOINT: given.hub.url, HF_TOKEN: given.token },
    loginFlags: [],
    [Symbol.asyncDispose]: async () => await given[Symbol.asyncDispose](),
  };
}
