import { describe, expect, it } from "vitest";
import { openTestState } from "../../operations/state.ts";
import { compareFolders } from "../../support/compare-trees.ts";
import { openHoldfast } from "../../support/holdfast.ts";
import { LONG } from "../../support/long.ts";
import { findRestics } from "../../support/peers.ts";
import { createRandom, printedSeed } from "../../support/random.ts";
import { type ResticProgram } from "../../support/restic.ts";
import { run } from "../../support/run.ts";
import { findApache, startApache } from "../../webdav/apache.ts";
import { findNginx, startNginx } from "../../webdav/nginx.ts";
import { findRclone, startRclone } from "../../webdav/rclone.ts";
import type { WebdavServer } from "../../webdav/server.ts";

const apache = await findApache();
const nginx = LONG ? await findNginx() : null;
const rclone = await findRclone();
const restics = await findRestics("newest");

const SERVERS: readonly { readonly name: string; readonly start: (() => Promise<WebdavServer>) | null }[] = [
  { name: "Apache", start: apache === null ? null : () => startApache(apache) },
  ...(LONG
    ? [
        { name: "nginx", start: nginx === null ? null : () => startNginx(nginx) },
        { name: "rclone", start: rclone === null ? null : () => startRclone(rclone) },
      ]
    : []),
];

describe.each(SERVERS)("through $name", ({ start }) => {
  it.skipIf(start === null)("states are saved, restored and pruned, and restic reads them", async () => {
    if (start === null) return;
    await using server = await start();
    await using state = await openTestState();
    const random = createRandom(printedSeed("end to end"));
    const store = `${server.url.replace(/^http/, "webdav")}/backup/app`;
    const holdfast = openHoldfast({ store, password: "secret", home: state.temporary.path });
    const env = { HOLDFAST_WEBDAV_USER: server.user, HOLDFAST_WEBDAV_PASSWORD: server.password };
    for (let i = 0; i < 3; i += 1) {
      for (let file = 0; file < 20; file += 1) await state.write(`${i % 2}/${file}`, random.bytes(30_000));
      const saved = await holdfast.run(["save", "--state", state.folder, "--json"], { env });
      expect(`${saved.stdout.toString()}${saved.stderr}`).not.toContain(server.password);
    }
    await holdfast.run(["forget", "--keep-last", "1", "--prune"], { env });
    const target = state.temporary.at("restored");
    await holdfast.run(["restore", "latest", "--to", target], { env });
    expect(compareFolders(state.folder, target, { withoutRoot: true })).toEqual([]);
    await holdfast.run(["check", "--read-data"], { env });
    for (const restic of restics) {
      const onDisk = restic.open(`${server.folder}/backup/app`, "secret");
      await onDisk.check();
      expect(await onDisk.snapshots()).toHaveLength(1);
      if (rclone !== null) await checkThroughRclone(restic, rclone, server, state.temporary.path);
    }
  });
});

/** Reads the repository as restic does whose only way to the server is rclone. */
async function checkThroughRclone(
  restic: ResticProgram,
  rcloneProgram: string,
  server: WebdavServer,
  home: string,
): Promise<void> {
  const { stdout } = await run(rcloneProgram, ["obscure", server.password]);
  const env = {
    PATH: process.env["PATH"],
    HOME: home,
    RESTIC_PASSWORD: "secret",
    RCLONE_CONFIG: `${home}/rclone.conf`,
    RCLONE_CONFIG_REMOTE_TYPE: "webdav",
    RCLONE_CONFIG_REMOTE_URL: server.url,
    RCLONE_CONFIG_REMOTE_VENDOR: "other",
    RCLONE_CONFIG_REMOTE_USER: server.user,
    RCLONE_CONFIG_REMOTE_PASS: stdout.toString().trim(),
  };
  // What the program is asked beyond this by default concerns another cloud, which ours is built without.
  const options = ["-o", `rclone.program=${rcloneProgram}`, "-o", "rclone.args=serve restic --stdio"];
  const repository = [...options, "-r", "rclone:remote:backup/app"];
  const checked = await run(restic.binary, ["--no-cache", ...repository, "check", "--read-data"], { env });
  expect(checked.stdout.toString()).toContain("no errors were found");
  const target = `${home}/through-rclone`;
  await run(restic.binary, ["--no-cache", ...repository, "restore", "latest", "--target", target], { env });
  expect(compareFolders(`${home}/data`, `${target}${home}/data`, { withoutRoot: true })).toEqual([]);
}
