import { mkdir, readdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { environmentOf } from "../../src/cli/credentials.ts";
import { flipBit } from "./damage.ts";
import { openWorkbench, reportedError, type Workbench } from "./workbench.ts";

async function savedBench(): Promise<Workbench> {
  const bench = await openWorkbench();
  await bench.writeState({ file: "logged in" });
  await bench.run(["save"]);
  return bench;
}

test("a repository is copied, and then there is nothing to copy", async () => {
  await using bench = await savedBench();
  const lines: string[] = [];
  for (const more of [["--dry-run"], [], [], ["--verify", "--from", "./.holdfast", "--store", "./none"]]) {
    const { status, stdout, stderr } = await bench.run(["copy", "--to", "./copy", ...more]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    lines.push(stdout.replace(/\d+\.\d+ (B|KiB|s)/g, "N $1"));
  }
  expect(lines).toEqual([
    "would copy 1 snapshot to ./copy: 4 files, N KiB\n",
    "copied 1 snapshot to ./copy: 4 files, N KiB in N s\n",
    "nothing to copy: ./copy has 1 snapshot and 4 files already\n",
    "nothing to copy: ./copy has 1 snapshot and 4 files already; all read back and as it should be\n",
  ]);
  expect((await bench.run(["restore", "--store", "./copy", "--to", "back"])).status).toBe(0);
});

test("damage is named, and ends with 5 after all else is copied", async () => {
  await using bench = await savedBench();
  const [snapshot = ""] = await readdir(bench.at(".holdfast", "snapshots"));
  await flipBit(bench.at(".holdfast", "snapshots", snapshot));
  const { status, stdout, stderr } = await bench.run(["copy", "--to", "./copy"]);
  expect(status).toBe(5);
  expect(stdout).toMatch(/^copied 0 snapshots to \.\/copy: 3 files/);
  expect(stderr).toContain(
    `left out what is damaged in the store that was copied: snapshot ${snapshot.slice(0, 8)}`,
  );
});

test("wrong places are refused", async () => {
  await using bench = await savedBench();
  const same = reportedError(await bench.run(["copy", "--to", "./.holdfast/", "--json"]));
  expect(same).toMatchObject({
    status: 2,
    code: "CONFIG",
    message: "the two stores of the copy are the same",
  });
  await bench.run(["save", "--store", "./other"]);
  const other = reportedError(await bench.run(["copy", "--to", "./other", "--json"]));
  expect(other).toMatchObject({ status: 2, code: "CONFIG" });
  expect(other.message).toContain("there is another repository in ./other");
  expect(reportedError(await bench.run(["copy", "--json"]))).toMatchObject({ status: 2, code: "CONFIG" });
  const empty = reportedError(await bench.run(["copy", "--from", "./none", "--to", "./x", "--json"]));
  expect(empty).toMatchObject({ status: 3, code: "NO_REPOSITORY" });
});

test("without a password, a copy goes only to a private place", async () => {
  await using bench = await openWorkbench("");
  await bench.writeState({ file: "x" });
  await bench.run(["save"]);
  await mkdir(bench.at("open"), { mode: 0o755 });
  const error = reportedError(await bench.run(["copy", "--to", "./open", "--json"]));
  expect(error).toMatchObject({ status: 2, code: "CONFIG" });
  const { status, stderr } = await bench.run(["copy", "--to", "./closed"]);
  expect(status).toBe(0);
  expect(stderr).toContain("whoever gets hold of ./closed can read what is saved there");
});

test("secrets of WebDAV and of drives are named without saying twice whose they are", () => {
  const environment = {
    HOLDFAST_PASSWORD: "password",
    HOLDFAST_WEBDAV_USER: "shared",
    HOLDFAST_WEBDAV_PASSWORD: "shared",
    HOLDFAST_ONEDRIVE_TOKEN: "shared",
    HOLDFAST_FROM_WEBDAV_USER: "own",
    HOLDFAST_TO_HOLDFAST_GDRIVE_TOKEN: "own",
  };
  const from = environmentOf("FROM", environment);
  expect(from).toMatchObject({ HOLDFAST_PASSWORD: "password", HOLDFAST_WEBDAV_USER: "own" });
  expect(from).toMatchObject({ HOLDFAST_ONEDRIVE_TOKEN: "shared" });
  expect(from).not.toHaveProperty("HOLDFAST_WEBDAV_PASSWORD");
  expect(environmentOf("TO", environment)).toMatchObject({
    HOLDFAST_PASSWORD: "password",
    HOLDFAST_WEBDAV_USER: "shared",
    HOLDFAST_GDRIVE_TOKEN: "own",
  });
});

test("each of the two stores may have secrets of its own, which are never mixed", async () => {
  const environment = {
    PATH: "/bin",
    HF_TOKEN: "shared",
    AWS_ACCESS_KEY_ID: "shared",
    AWS_SESSION_TOKEN: "shared",
    HOLDFAST_TO_AWS_ACCESS_KEY_ID: "own",
    HOLDFAST_TO_HF_TOKEN: "",
  };
  expect(environmentOf("FROM", environment)).toMatchObject({
    AWS_ACCESS_KEY_ID: "shared",
    AWS_SESSION_TOKEN: "shared",
  });
  const to = environmentOf("TO", environment);
  expect(to).toMatchObject({ PATH: "/bin", AWS_ACCESS_KEY_ID: "own", HF_TOKEN: "shared" });
  expect(to).not.toHaveProperty("AWS_SESSION_TOKEN");
  await using bench = await savedBench();
  const { stderr } = await bench.run(["copy", "--to", "./copy"], { HOLDFAST_TO_AWS_ACCESS_KEY_ID: "own" });
  expect(stderr).toBe("");
});
