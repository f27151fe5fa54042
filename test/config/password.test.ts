import { writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { givenPassword } from "../../src/config/password.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

test("the variable is stronger than the file", async () => {
  await using folder = await temporaryFolder();
  await writeFile(folder.at("password"), "from the file\n");
  expect(await givenPassword({ HOLDFAST_PASSWORD: "from the variable" }, folder.at("password"))).toBe(
    "from the variable",
  );
  expect(await givenPassword({ HOLDFAST_PASSWORD: "" }, folder.at("password"))).toBe("from the file");
});

test.each([
  ["a pass phrase\n", "a pass phrase"],
  ["a pass phrase\r\nand a remark\n", "a pass phrase"],
  [" spaces stay ", " spaces stay "],
  ["pässwörd 密码", "pässwörd 密码"],
])("of a file, the first line counts: %j", async (content, password) => {
  await using folder = await temporaryFolder();
  await writeFile(folder.at("password"), content);
  expect(await givenPassword({}, folder.at("password"))).toBe(password);
});

test("nothing given is null, which is not the empty password", async () => {
  expect(await givenPassword({}, null)).toBeNull();
});

test.each(["", "\n", "\nsecond line"])("a file without a password is refused: %j", async (content) => {
  await using folder = await temporaryFolder();
  await writeFile(folder.at("password"), content);
  await expect(givenPassword({}, folder.at("password"))).rejects.toMatchObject({ code: "CONFIG" });
});

test("a file that is not there, is a folder or is far too large is refused", async () => {
  await using folder = await temporaryFolder();
  await writeFile(folder.at("large"), "x".repeat(100_000));
  for (const path of [folder.at("missing"), folder.path, folder.at("large")]) {
    await expect(givenPassword({}, path)).rejects.toMatchObject({ code: "CONFIG" });
  }
});
