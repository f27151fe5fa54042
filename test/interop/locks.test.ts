import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, watch, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { openHoldfast } from "../support/holdfast.ts";
import { findRestics } from "../support/peers.ts";
import { createRandom } from "../support/random.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const PASSWORD = "locked";
const restics = await findRestics();

describe.skipIf(process.platform !== "linux").each(restics)("locks beside restic $version", (program) => {
  test("restic is saving: we save too, and do not prune", async () => {
    await using folder = await temporaryFolder();
    mkdirSync(folder.at("s"));
    writeFileSync(folder.at("s", "file"), "content");
    const holdfast = openHoldfast({ store: folder.at("r"), password: PASSWORD, home: folder.path });
    await holdfast.save(folder.at("s"));

    // It keeps its lock for as long as its standard input stays open.
    const env = { ...holdfast.env, RESTIC_REPOSITORY: folder.at("r"), RESTIC_PASSWORD: PASSWORD };
    const child = spawn(program.binary, ["--no-cache", "backup", "--stdin"], {
      env,
      stdio: ["pipe", "ignore", "ignore"],
    });
    const ended = once(child, "exit");
    try {
      await firstLock(folder.at("r", "locks"));
      await holdfast.save(folder.at("s"));
      const refused = await holdfast.run(["prune", "--json"], { mayFail: true });
      expect(refused.status).toBe(6);
      expect(JSON.parse(refused.stdout.toString())).toMatchObject({ error: { code: "LOCKED" } });
      await holdfast.run(["unlock"]); // the process is alive, so its lock stays
      expect(readdirSync(folder.at("r", "locks"))).toHaveLength(1);
    } finally {
      child.stdin.end("the end");
      await ended;
    }
    await holdfast.run(["prune"]);
    await program.open(folder.at("r"), PASSWORD).check();
    expect(readdirSync(folder.at("r", "locks"))).toEqual([]);
  });

  test("we are saving: restic saves too, and does not prune", async () => {
    await using folder = await temporaryFolder();
    mkdirSync(folder.at("s"));
    writeFileSync(folder.at("s", "file"), createRandom(1).bytes(50_000_000));
    const holdfast = openHoldfast({ store: folder.at("r"), password: PASSWORD, home: folder.path });
    const restic = program.open(folder.at("r"), PASSWORD);
    await restic.init();
    const saving = holdfast.start(["save", "--state", folder.at("s")]);
    try {
      await firstLock(folder.at("r", "locks"));
      saving.kill("SIGSTOP");
      await restic.backup(folder.at("s"));
      await expect(restic.run(["prune"])).rejects.toThrow(/already locked/);
      await restic.unlock(); // the process is alive, so its lock stays
      await expect(restic.run(["prune"])).rejects.toThrow(/already locked/);
    } finally {
      saving.kill("SIGCONT");
    }
    expect(await saving.ended).toMatchObject({ status: 0, signal: null, stderr: "" });
    await restic.check();
    expect(await restic.snapshots()).toHaveLength(2);
  });

  test("a saver that was killed does not keep restic out", async () => {
    await using folder = await temporaryFolder();
    mkdirSync(folder.at("s"));
    writeFileSync(folder.at("s", "file"), createRandom(1).bytes(50_000_000));
    const holdfast = openHoldfast({ store: folder.at("r"), password: PASSWORD, home: folder.path });
    const restic = program.open(folder.at("r"), PASSWORD);
    await restic.init();
    const saving = holdfast.start(["save", "--state", folder.at("s")]);
    await firstLock(folder.at("r", "locks"));
    saving.kill("SIGKILL");
    expect((await saving.ended).signal).toBe("SIGKILL");
    await restic.unlock();
    await restic.check({ leftoversAllowed: true });
    expect(readdirSync(folder.at("r", "locks"))).toEqual([]);
  });
});

/** Resolves when there is a lock file. */
async function firstLock(folder: string): Promise<void> {
  const isLock = (name: string | null): boolean => name !== null && /^[0-9a-f]{64}$/.test(name);
  const watcher = watch(folder);
  try {
    const appeared = new Promise<void>((resolve) => {
      watcher.on("change", (_, name) => isLock(String(name)) && resolve());
    });
    if (readdirSync(folder).some((name) => isLock(name))) return;
    await appeared;
  } finally {
    watcher.close();
  }
}
