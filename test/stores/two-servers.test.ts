import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { CopyResult } from "../../src/operations/copy.ts";
import { openStore } from "../../src/stores/open.ts";
import { openTestState } from "../operations/state.ts";
import { type RealServer, startMinio } from "../s3/real.ts";
import { compareFolders } from "../support/compare-trees.ts";
import { type Holdfast, openHoldfast } from "../support/holdfast.ts";
import { LONG } from "../support/long.ts";
import { findRestics } from "../support/peers.ts";
import { createRandom, printedSeed } from "../support/random.ts";
import { findApache, startApache } from "../webdav/apache.ts";
import type { WebdavServer } from "../webdav/server.ts";

const password = "correct horse";
const apache = await findApache();
const [restic] = await findRestics("newest");
/** Enough packs for a copy to be ended between two of them. */
const FILES = 24;
const FILE_BYTES = 1_000_000;
const BETWEEN_LOOKS_MS = 5;

/** Two real servers, and the variables that open both. */
interface Setting extends AsyncDisposable {
  readonly s3: RealServer;
  readonly webdav: WebdavServer;
  readonly addresses: { readonly s3: string; readonly webdav: string };
  readonly env: NodeJS.ProcessEnv;
}

async function startBoth(): Promise<Setting> {
  if (startMinio === null || apache === null) throw new Error("a server is not there");
  const s3 = await startMinio();
  const webdav = await startApache(apache);
  await s3.makeBucket("vault");
  return {
    s3,
    webdav,
    addresses: { s3: "s3://vault/app", webdav: `${webdav.url.replace(/^http/, "webdav")}/backup/app` },
    env: {
      ...s3.variables,
      HOLDFAST_WEBDAV_USER: webdav.user,
      HOLDFAST_WEBDAV_PASSWORD: webdav.password,
    },
    async [Symbol.asyncDispose]() {
      await webdav[Symbol.asyncDispose]();
      await s3[Symbol.asyncDispose]();
    },
  };
}

describe.skipIf(startMinio === null || apache === null)("between MinIO and Apache", () => {
  it("a repository moves from a folder to a bucket to WebDAV and back, also when it is ended midway", async () => {
    await using setting = await startBoth();
    const { addresses, env } = setting;
    await using state = await openTestState();
    const home = state.temporary.path;
    const holdfast = openHoldfast({ store: join(home, "first"), password, home });
    const random = createRandom(printedSeed("between servers"));
    for (let file = 0; file < FILES; file += 1) await state.write(`${file}`, random.bytes(FILE_BYTES));
    await holdfast.save(state.folder);
    await state.write("later", random.bytes(FILE_BYTES));
    await holdfast.save(state.folder);

    await holdfast.run(["copy", "--to", addresses.s3], { env });
    await endMidway(holdfast, ["copy", "--from", addresses.s3, "--to", addresses.webdav], setting);
    const resumed = await copyOf(
      holdfast,
      ["--from", addresses.s3, "--to", addresses.webdav, "--verify"],
      env,
    );
    expect(resumed).toMatchObject({ copied: { snapshots: 2 }, there: { snapshots: 0 }, verified: true });
    expect(resumed.there.files).toBeGreaterThan(0);
    const back = openHoldfast({ store: join(home, "back"), password, home });
    await holdfast.run(["copy", "--from", addresses.webdav, "--to", back.store], { env });

    if (restic !== undefined) await restic.open(back.store, password).check();
    await back.restore("latest", join(home, "restored"));
    expect(compareFolders(state.folder, join(home, "restored"), { withoutRoot: true })).toEqual([]);
    const again = await copyOf(holdfast, ["--to", addresses.webdav, "--verify"], env);
    expect(again).toMatchObject({ copied: { files: 0 }, there: { snapshots: 2 } });
  });

  it.skipIf(!LONG)("doctor finds nothing to say against either, and leaves nothing", async () => {
    await using setting = await startBoth();
    await using state = await openTestState();
    const holdfast = openHoldfast({ store: "none", password, home: state.temporary.path });
    for (const store of Object.values(setting.addresses)) {
      const { stdout } = await holdfast.run(["doctor", "--store", store], { env: setting.env });
      process.stdout.write(stdout);
      expect(stdout.toString()).not.toContain("not kept");
      expect(stdout.toString()).not.toContain(setting.webdav.password);
    }
    expect(filesBelow(setting.webdav.folder)).toEqual([]);
    const credentials = { s3: { variables: setting.s3.variables } };
    const bucket = await openStore("s3://vault", { credentials });
    const names: string[] = [];
    for await (const { name } of bucket.list("")) names.push(name);
    expect(names.filter((name) => name.startsWith("app/holdfast-doctor"))).toEqual([]);
  });
});

async function copyOf(
  holdfast: Holdfast,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<CopyResult> {
  const { stdout } = await holdfast.run(["copy", "--json", ...args], { env });
  return JSON.parse(stdout.toString()) as CopyResult;
}

/** Ends a copy to the WebDAV server as soon as some of it is there. */
async function endMidway(
  holdfast: Holdfast,
  args: readonly string[],
  { webdav, env }: Setting,
): Promise<void> {
  const copying = holdfast.start(args, { env });
  const ended = copying.ended.then(() => true);
  while (packsIn(webdav.folder) === 0)
    if (await Promise.race([ended, setTimeout(BETWEEN_LOOKS_MS, false)])) break;
  copying.kill("SIGKILL");
  const { signal } = await copying.ended;
  expect(signal).toBe("SIGKILL");
  expect(filesBelow(webdav.folder).some((name) => /\/snapshots\/[0-9a-f]{64}$/.test(name))).toBe(false);
}

function packsIn(folder: string): number {
  return filesBelow(folder).filter((name) => /\/data\/..\/[0-9a-f]{64}$/.test(name)).length;
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
