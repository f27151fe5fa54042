import { readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { filesNamed, namesIn } from "../../../src/stores/conformance/case.ts";
import { CREATING_CASES } from "../../../src/stores/conformance/creating.ts";
import { WRITING_CASES } from "../../../src/stores/conformance/writing.ts";
import { LONG } from "../../support/long.ts";
import { findApache, startApache } from "../../webdav/apache.ts";
import type { WebdavServer } from "../../webdav/server.ts";
import { disposable, testConformance } from "../conformance.ts";
import { openOn } from "./webdav-store.ts";

const program = await findApache();
/** Without looking whose the file is, two of them win in every third round. */
const ROUNDS = LONG ? 100 : 10;

describe.skipIf(program === null)("Apache", () => {
  let server: WebdavServer;
  let stores = 0;
  beforeAll(async () => {
    if (program !== null) server = await startApache(program);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  testConformance(
    "a folder of Apache's mod_dav",
    // With a space, and more folders that are missing.
    async () => disposable(await openOn(server, `a%20b/store-${(stores += 1)}`)),
    { isQuick: !LONG },
  );

  it("has one winner of a name each time that many writers meet, although Apache looks and moves in two steps", async () => {
    const meeting = CREATING_CASES.find(({ name }) => name.startsWith("of 20 create-only writers"));
    for (let round = 0; round < ROUNDS; round += 1)
      await meeting?.run(await openOn(server, `meeting-${round}`));
    expect(meeting).toBeDefined();
  });

  it("lets all of many writers replace one name, although each takes the file of another one away first", async () => {
    const meeting = WRITING_CASES.find(({ name }) => name.startsWith("of 20 writers on one name"));
    for (let round = 0; round < ROUNDS; round += 1)
      await meeting?.run(await openOn(server, `replacing-${round}`));
    expect(meeting).toBeDefined();
  });

  it("is cleared of what dead writers have left, a day later, and of nothing else", async () => {
    const store = await openOn(server, "swept");
    await store.write(filesNamed(["config"]));
    const left = join(server.folder, "swept", "uploads-tmp-0");
    for (const name of ["old", "young"]) await writeFile(join(left, name), "half a fi");
    const twoDaysAgo = Date.now() / 1000 - 2 * 24 * 3600;
    await utimes(join(left, "old"), twoDaysAgo, twoDaysAgo);
    expect(await namesIn(store, "")).toEqual(["config"]);
    await store.close();
    expect(await readdir(left)).toEqual(["young"]);
  });

  it("keeps what lies below a name that is removed", async () => {
    const store = await openOn(server, "kept");
    await store.write(filesNamed(["data/aa/one"]));
    await store.remove(["data", "data/aa"]);
    expect(await namesIn(store, "")).toEqual(["data/aa/one"]);
  });
});
