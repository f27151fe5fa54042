import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStore } from "../../../src/stores/open.ts";
import { type RealServer, startMinio, startRclone } from "../../s3/real.ts";
import { LONG } from "../../support/long.ts";
import { disposable, testConformance } from "../conformance.ts";
import { QUICK } from "./s3-place.ts";

for (const [name, start] of [
  ["MinIO", startMinio],
  ["rclone's S3 server", startRclone],
] as const) {
  describe.skipIf(start === null)(`with ${name}`, () => {
    let server: RealServer;
    let buckets = 0;
    beforeAll(async () => {
      if (start !== null) server = await start();
    });
    afterAll(() => server[Symbol.asyncDispose]());

    testConformance(
      `a bucket of ${name}`,
      async () => {
        buckets += 1;
        const bucket = `bucket-${buckets}`;
        await server.makeBucket(bucket);
        const credentials = { s3: { variables: server.variables } };
        return disposable(await openStore(`s3://${bucket}`, { credentials, retry: QUICK }));
      },
      { isQuick: !LONG },
    );

    it("is known by what it can do", async () => {
      await server.makeBucket("asked");
      const credentials = { s3: { variables: server.variables } };
      const store = await openStore("s3://asked/folder", { credentials });
      expect(store.traits.createOnly).toBe(true);
    });
  });
}
