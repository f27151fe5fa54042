import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RealServer, startMinio } from "../../s3/real.ts";
import { openHoldfast } from "../../support/holdfast.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { openTestState } from "../../operations/state.ts";

describe.skipIf(startMinio === null)("the command line with a bucket of MinIO", () => {
  let server: RealServer;
  beforeAll(async () => {
    if (startMinio !== null) server = await startMinio();
    await server.makeBucket("vault");
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it("finds the keys in the environment, saves, supervises and restores", async () => {
    await using state = await openTestState();
    await state.write("login", "first");
    const holdfast = openHoldfast({
      store: `minio://${new URL(server.url).host}/vault/app`,
      password: "correct horse",
      home: state.temporary.path,
    });
    const { AWS_ENDPOINT_URL: _, ...env } = server.variables;
    await holdfast.run(["save", "--state", state.folder], { env });
    const app = `echo second > ${state.at("login")}`;
    await holdfast.run(["run", "--state", state.folder, "--", "sh", "-c", app], { env });
    await using other = await temporaryFolder();
    await holdfast.run(["restore", "--state", state.folder, "--to", other.at("to")], { env });
    expect(readFileSync(other.at("to", "login"), "utf8")).toBe("second\n");
    const { status, stderr } = await holdfast.start(["snapshots"], { env: { ...env, HOLDFAST_PASSWORD: "" } })
      .ended;
    expect(status).toBe(2);
    expect(stderr).toContain("HOLDFAST_PASSWORD");
    expect(stderr).not.toContain(env["AWS_SECRET_ACCESS_KEY"]);
  });

  it("says in one line what is missing", async () => {
    await using folder = await temporaryFolder();
    const holdfast = openHoldfast({
      store: "b2://vault?region=eu-central-003",
      password: "x",
      home: folder.path,
    });
    const { status, stderr } = await holdfast.start(["snapshots"]).ended;
    expect(status).toBe(4);
    expect(stderr).toContain("B2_APPLICATION_KEY_ID");
  });
});
