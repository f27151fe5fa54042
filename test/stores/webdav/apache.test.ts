import { afterAll, beforeAll, describe } from "vitest";
import { LONG } from "../../support/long.ts";
import { findApache, startApache } from "../../webdav/apache.ts";
import type { WebdavServer } from "../../webdav/server.ts";
import { disposable, testConformance } from "../conformance.ts";
import { openOn } from "./webdav-store.ts";

const program = await findApache();

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
});
