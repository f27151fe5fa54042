import { mkdirSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { openHoldfast } from "../support/holdfast.ts";
import { findRestics } from "../support/peers.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const restics = await findRestics();

describe.each(restics)("keys beside restic $version", (program) => {
  test("each opens what the other has locked with a further password", async () => {
    await using folder = await temporaryFolder();
    mkdirSync(folder.at("s"));
    writeFileSync(folder.at("s", "file"), "content");
    const open = (password: string) => openHoldfast({ store: folder.at("r"), password, home: folder.path });
    const restic = (password: string) => program.open(folder.at("r"), password);

    await open("ours").save(folder.at("s"));
    writeFileSync(folder.at("theirs"), "theirs\n");
    await restic("ours").run(["key", "add", "--new-password-file", folder.at("theirs")]);
    await open("theirs").check();

    const env = { ...open("theirs").env, HOLDFAST_NEW_PASSWORD: "third 🦭" };
    await open("theirs").run(["key", "add"], { env });
    await restic("third 🦭").check();
    await open("third 🦭").save(folder.at("s"));

    const keys = (await restic("ours").json(["key", "list"])) as readonly {
      readonly id: string;
      readonly current: boolean;
    }[];
    expect(keys).toHaveLength(3);
    const first = keys.find(({ current }) => current);
    await open("theirs").run(["key", "remove", first?.id ?? ""]);
    await expect(restic("ours").snapshots()).rejects.toThrow(/wrong password/);
    const refused = await open("ours").run(["snapshots", "--json"], { mayFail: true });
    expect(refused.status).toBe(2);
    expect(JSON.parse(refused.stdout.toString())).toMatchObject({ error: { code: "WRONG_PASSWORD" } });
    await restic("theirs").check();
  });

  test("a password that restic replaced", async () => {
    await using folder = await temporaryFolder();
    mkdirSync(folder.at("s"));
    const restic = program.open(folder.at("r"), "first");
    await restic.init();
    await restic.backup(folder.at("s"));
    writeFileSync(folder.at("second"), "second\n");
    await restic.run(["key", "passwd", "--new-password-file", folder.at("second")]);
    await openHoldfast({ store: folder.at("r"), password: "second", home: folder.path }).check();
  });
});
