import { chmod, mkdir, stat, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { openWorkbench, reportedError, type Workbench } from "./workbench.ts";

async function withoutPassword(): Promise<Workbench> {
  const bench = await openWorkbench("");
  await bench.writeState({ file: "x" });
  return bench;
}

test("without a password, a store that is ours alone is taken, with one warning for all time", async () => {
  await using bench = await withoutPassword();
  const first = await bench.run(["save"]);
  expect(first.status).toBe(0);
  expect(first.stderr).toBe(
    "holdfast: warning: no password is set: whoever gets hold of ./.holdfast can read what is saved there\n" +
      "hint: to protect it, now or later: HOLDFAST_NEW_PASSWORD=… holdfast key passwd\n",
  );
  expect((await stat(bench.at(".holdfast"))).mode & 0o777).toBe(0o700);
  expect(await bench.run(["save"])).toMatchObject({ status: 0, stderr: "" });
  expect(await bench.run(["snapshots"])).toMatchObject({ status: 0, stderr: "" });
});

test.each([0o755, 0o750, 0o701])(
  "without a password, a store of mode %o is refused, and nothing is written",
  async (mode) => {
    await using bench = await withoutPassword();
    await mkdir(bench.at(".holdfast"));
    await chmod(bench.at(".holdfast"), mode);
    expect(reportedError(await bench.run(["save", "--json"]))).toEqual({
      status: 2,
      code: "CONFIG",
      message: "no password is set, and others may look into ./.holdfast",
      hint: "set HOLDFAST_PASSWORD or HOLDFAST_PASSWORD_FILE, or close the folder with: chmod 700 ./.holdfast",
    });
    await chmod(bench.at(".holdfast"), 0o700);
    expect(reportedError(await bench.run(["snapshots", "--json"]))).toMatchObject({ code: "NO_REPOSITORY" });
  },
);

test("a store that was closed when it was made and is open now is refused", async () => {
  await using bench = await withoutPassword();
  await bench.run(["save"]);
  await chmod(bench.at(".holdfast"), 0o755);
  expect(reportedError(await bench.run(["save", "--json"]))).toMatchObject({ status: 2, code: "CONFIG" });
});

test("with a password, the mode of the store does not matter", async () => {
  await using bench = await openWorkbench();
  await bench.writeState({ file: "x" });
  await mkdir(bench.at(".holdfast"), { mode: 0o755 });
  expect(await bench.run(["save"])).toMatchObject({ status: 0, stderr: "" });
});

test("from a file: named by the variable, named in the configuration", async () => {
  await using bench = await withoutPassword();
  await writeFile(bench.at("secret"), "from the file\n");
  expect(await bench.run(["save"], { HOLDFAST_PASSWORD_FILE: "secret" })).toMatchObject({
    status: 0,
    stderr: "",
  });
  await writeFile(bench.at("holdfast.config.json"), '{ "passwordFile": "./secret" }');
  expect(await bench.run(["snapshots"])).toMatchObject({ status: 0, stderr: "" });
  expect(await bench.run(["snapshots"], { HOLDFAST_PASSWORD: "from the file" })).toMatchObject({ status: 0 });
});

test("there is no option for a password", async () => {
  await using bench = await openWorkbench();
  for (const option of ["--password", "--password-file"]) {
    expect(reportedError(await bench.run(["save", option, "x", "--json"]))).toMatchObject({ status: 2 });
  }
});

test("a wrong password: nothing is saved, and it is not repeated anywhere", async () => {
  await using bench = await openWorkbench();
  await bench.writeState({ file: "x" });
  await bench.run(["save"]);
  const result = await bench.run(["save", "--json", "--verbose"], { HOLDFAST_PASSWORD: "hunter2" });
  expect(reportedError(result)).toMatchObject({ status: 2, code: "WRONG_PASSWORD" });
  expect(result.stdout + result.stderr).not.toContain("hunter2");
  expect(JSON.parse((await bench.run(["snapshots", "--json"])).stdout)).toHaveLength(1);
});

test("a password is changed, from a variable and from a file", async () => {
  await using bench = await openWorkbench();
  await bench.writeState({ file: "x" });
  await bench.run(["save"]);
  await bench.run(["key", "passwd"], { HOLDFAST_NEW_PASSWORD: "second" });
  expect(await bench.run(["snapshots"])).toMatchObject({ status: 2 });
  await writeFile(bench.at("third"), "third\n");
  const second = { HOLDFAST_PASSWORD: "second" };
  expect(await bench.run(["key", "passwd", "--new-password-file", "third"], second)).toMatchObject({
    status: 0,
  });
  expect(await bench.run(["snapshots"], { HOLDFAST_PASSWORD: "third" })).toMatchObject({ status: 0 });
});
