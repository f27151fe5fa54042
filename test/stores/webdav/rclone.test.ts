import { afterAll, beforeAll, describe } from "vitest";
import { LONG } from "../../support/long.ts";
import { findRclone, startRclone } from "../../webdav/rclone.ts";
import type { WebdavServer } from "../../webdav/server.ts";
import { disposable, testConformance } from "../conformance.ts";
import { openOn } from "./webdav-store.ts";

const program = LONG ? await findRclone() : null;

/** It refuses with 423 whatever happens in a folder at the same time. */
const retry = { firstDelayMs: 50, maxDelayMs: 2000 };

describe.skipIf(program === null)("rclone", () => {
  let server: WebdavServer;
  let stores = 0;
  beforeAll(async () => {
    if (program !== null) server = await startRclone(program);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  testConformance(
    "a folder of rclone's server",
    async () => disposable(await openOn(server, `store-${(stores += 1)}`, { retry })),
    {
      except: {
        "whoever reads a file while it is replaced gets the old one or the new one":
          "it opens a file after it has said how long it is; no file of a repository changes",
      },
    },
  );
});
