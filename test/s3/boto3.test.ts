import { join } from "node:path";
import { expect, test } from "vitest";
import { findPythonClient, S3_CLIENT } from "../../scripts/python-client.ts";
import { run } from "../support/run.ts";
import { startS3 } from "./server.ts";

const { python, reason } = await findPythonClient(S3_CLIENT);
if (reason !== null) process.stdout.write(`skipped: ${reason}\n`);

test.skipIf(python === null)(
  "the official Python client does all that a store does with a bucket",
  async () => {
    for (const profile of ["aws", "minio", "hf"] as const) {
      await using server = await startS3({ profile, pageSize: 2 });
      const account = server.accounts.get("alice");
      const { stdout } = await run(
        python ?? "",
        [
          join(import.meta.dirname, "client.py"),
          profile === "hf" ? `${server.url}/alice` : server.url, // The gateway of the Hub signs for one region only.
          profile === "hf" ? "us-east-1" : "eu-west-1",
        ],
        {
          env: {
            PATH: process.env["PATH"],
            HOME: "/nonexistent",
            AWS_ACCESS_KEY_ID: account?.id,
            AWS_SECRET_ACCESS_KEY: account?.secret,
            AWS_EC2_METADATA_DISABLED: "true",
          },
        },
      );
      expect(JSON.parse(stdout.toString()), profile).toEqual({
        again: "PreconditionFailed",
        part: "/b",
        same: true,
        keys: ["a/b", "a/c", "a/d", "odd/ü ~!'()*+=&?#%.bin"],
        missing: "NoSuchKey",
        left: true,
      });
    }
  },
);
