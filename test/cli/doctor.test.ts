import { mkdir, readdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { openWorkbench, reportedError } from "./workbench.ts";

test("a store is examined, and one reads what that means", async () => {
  await using bench = await openWorkbench();
  await mkdir(bench.at(".holdfast"), { mode: 0o700 });
  const { status, stdout, stderr } = await bench.run(["doctor"]);
  expect(status, stdout).toBe(0);
  expect(stderr).toMatch(
    /^holdfast: trying \d+ promises on \.\/\.holdfast, with some \d+ calls and \d+ writes, in a folder of their own \(holdfast-doctor-[0-9a-f]{8}\/\) that is removed afterwards\n$/,
  );
  expect(stdout.replace(/\d+(?:[.,]\d+)?/g, "N").replace(/[KMG]iB/g, "MiB")).toBe(
    `reading files               good, N of N tried
reading parts of files      good, N of N
writing files, in order     good, N of N
refusing to replace a file  good, N of N
listing files               good, N of N tried
removing files              good, N of N
names of files              good, N of N
giving up in the middle     good, N of N
N not tried, because they write much: holdfast doctor --thorough

- two instances can be told apart: one name has one winner
- a save is seen file by file, its snapshot last: cut off, the older ones stay whole
- saves lay down a lock file, by which a prune waits
- a restore reads only the parts that it needs
- it is private: snapshots without a password are taken, and whoever may read it can read them
- a read takes N ms, a write N ms; up N MiB/s, down N MiB/s

the store can be relied on (N requests in N s; all that was written is removed)
`,
  );
  expect(await readdir(bench.at(".holdfast"))).toEqual([]);
});

test("given up with Ctrl-C, it removes what it has written", async () => {
  await using bench = await openWorkbench();
  await mkdir(bench.at(".holdfast"), { mode: 0o700 });
  const running = bench.holdfast.start(["doctor", "--thorough", "--json"]);
  const deadline = Date.now() + 30_000;
  while ((await readdir(bench.at(".holdfast"))).length === 0 && Date.now() < deadline) {
    // It has not begun to write yet.
  }
  running.kill("SIGINT");
  const { status, stdout, stderr } = await running.ended;
  // A machine that is fast enough has done all of it.
  if (status !== 0)
    expect(reportedError({ status, stdout: stdout.toString(), stderr })).toMatchObject({
      status: 130,
      code: "CANCELLED",
    });
  expect(await readdir(bench.at(".holdfast"))).toEqual([]);
});

test("an address that is none is wrong use", async () => {
  await using bench = await openWorkbench();
  const error = reportedError(await bench.run(["doctor", "--store", "ftp://host", "--json"]));
  expect(error).toMatchObject({ status: 2, code: "CONFIG" });
});
