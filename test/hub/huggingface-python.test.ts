import { join } from "node:path";
import { expect, test } from "vitest";
import { findPythonClient, HUB_CLIENT } from "../../scripts/python-client.ts";
import { run } from "../support/run.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { temporaryHub } from "./support.ts";

const { python, reason } = await findPythonClient(HUB_CLIENT);
if (reason !== null) process.stdout.write(`skipped: ${reason}\n`);

test.skipIf(python === null)("the official Python client does all that it can with a dataset", async () => {
  await using given = await temporaryHub({
    limits: { treePage: 2, multipartMinBytes: 150_000, partBytes: 64 * 1024 },
  });
  await using folder = await temporaryFolder();
  const { stdout } = await run(
    python ?? "",
    [join(import.meta.dirname, "client.py"), "alice/vault", folder.path],
    {
      env: {
        PATH: process.env["PATH"],
        HOME: folder.path,
        HF_ENDPOINT: given.hub.url,
        HF_TOKEN: given.token,
        HF_HUB_DISABLE_XET: "1",
        HF_HUB_DISABLE_TELEMETRY: "1",
      },
    },
  );
  expect(JSON.parse(stdout.toString())).toEqual({
    "create twice": 409,
    upload: [
      [".gitattributes", expect.any(Number), false],
      ["empty.bin", 0, false],
      ["index.json", 9, false],
      ["packs/ab.bin", 200_000, true],
      ["packs/cd.bin", 50_000, true],
    ],
    "missing repo": 404,
    same: true,
    "missing file": 404,
    info: [true, true, 5],
    "empty commit is left out": true,
    deleted: [".gitattributes", "empty.bin", "index.json", "packs/ab.bin"],
    commits: ["Delete packs/cd.bin with huggingface_hub", "upload", "initial commit"],
    refs: [["main", "side"], ["v1"]],
    squashed: ["one"],
    "tree after": [".gitattributes", "empty.bin", "index.json", "packs/ab.bin"],
    dead: [["packs/cd.bin", 50_000]],
    left: ["packs/ab.bin"],
    "still same": true,
    public: true,
    whoami: "alice",
    exists: false,
  });
  const secondOrigin = given.hub.requests.filter(({ origin }) => origin === "cdn");
  expect(secondOrigin.length).toBeGreaterThan(5);
  expect(secondOrigin.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
});
