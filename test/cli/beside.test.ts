import { expect, test } from "vitest";
import { save } from "../../src/operations/save.ts";
import { openWorkbench } from "./workbench.ts";

test("a fork is shown, told of by a restore, and adopted", async () => {
  await using bench = await openWorkbench();
  await bench.writeState({ session: "good" });
  await bench.run(["save"]);
  await bench.writeState({ session: "of another instance" });
  const access = { store: bench.at(".holdfast"), password: "correct horse" };
  const { snapshot } = await save({ ...access, state: [bench.at("data")], base: null });
  const id = snapshot.slice(0, 8);
  expect((await bench.run(["snapshots"])).stdout).toMatch(new RegExp(`^${id} .* fork `, "m"));
  const restored = await bench.run(["restore", "--to", bench.at("elsewhere")]);
  expect(restored.status).toBe(0);
  expect(restored.stderr).toContain(
    `holdfast: warning: a newer state of another instance is kept beside this one: the fork ${id}`,
  );
  expect(restored.stderr).toContain(`to make it the state: holdfast adopt ${id}\n`);
  const adopted = await bench.run(["adopt"]);
  expect(adopted.stdout + adopted.stderr).toContain(`adopted ${id}, kept beside as fork until now`);
  expect((await bench.run(["adopt", "latest"])).stderr).toContain("is a good one already");
  expect((await bench.run(["adopt"])).status).toBe(3);
});
