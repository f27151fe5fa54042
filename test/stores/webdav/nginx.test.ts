import { afterAll, beforeAll, describe } from "vitest";
import { LONG } from "../../support/long.ts";
import { findNginx, startNginx } from "../../webdav/nginx.ts";
import type { WebdavServer } from "../../webdav/server.ts";
import { disposable, testConformance } from "../conformance.ts";
import { openOn } from "./webdav-store.ts";

const nginx = LONG ? await findNginx() : null;

describe.skipIf(nginx === null)("nginx", () => {
  let server: WebdavServer;
  let stores = 0;
  beforeAll(async () => {
    if (nginx !== null) server = await startNginx(nginx);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  testConformance(
    "a folder of nginx with dav-ext",
    async () => disposable(await openOn(server, `store-${(stores += 1)}`)),
    {
      except: {
        "every name of the contract can be written, read, listed and removed":
          "dav-ext lists no name that begins with a dot; none of a repository does",
      },
    },
  );
});
