import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeFirefox } from "./cookie-profiles.ts";
import { openWorkbench } from "./workbench.ts";

test("docs/json.md names every field of what is printed about cookies", async () => {
  const text = await readFile(join(import.meta.dirname, "../../docs/json.md"), "utf8");
  await using bench = await openWorkbench();
  await makeFirefox(bench.at("data", "firefox"));
  const commands = [
    ["cookies", "export"],
    ["cookies", "export", "--out", "-"],
    ["cookies", "import", "--fresh", "chromium"],
    ["cookies", "status", "--watch", "example.com"],
    ["save", "--only", "cookies"],
    ["restore", "--only", "cookies"],
  ];
  for (const command of commands) {
    const { status, stdout } = await bench.run([...command, "--json"]);
    expect(status, command.join(" ")).toBe(0);
    for (const name of fieldNames(JSON.parse(stdout))) expect(text).toContain(`\`${name}\``);
  }
});

function fieldNames(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(fieldNames);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => [[key], fieldNames(part)].flat());
}
