import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "../support/run.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { codeIn, tablesOf } from "./markdown.ts";
import { projectFiles, readProjectFile, ROOT } from "./project.ts";

/** What the linter prints with `--format json`, as far as it is looked at. */
interface Report {
  readonly diagnostics: readonly { readonly code: string; readonly filename: string }[];
}

const STATEMENTS = [
  (target: string) => `import { thing } from "${target}";\nexport const other: unknown = thing;\n`,
  (target: string) => `import type { thing } from "${target}";\nexport type Other = typeof thing;\n`,
  (target: string) => `export * from "${target}";\n`,
  (target: string) => `export const other: Promise<unknown> = import("${target}");\n`,
];

test("ARCHITECTURE.md names every room", () => {
  const rooms = new Set(projectFiles("src/*/**/*.ts").map((path) => path.split("/")[1] ?? ""));
  expect([...rooms].toSorted()).toEqual([...roomTable().keys()].toSorted());
});

test("the linter refuses every import that ARCHITECTURE.md does not allow, and no other", async () => {
  const table = roomTable();
  const rooms = [...table.keys()];
  await using folder = await temporaryFolder();
  await symlink(join(ROOT, "node_modules"), folder.at("node_modules"));
  await symlink(join(ROOT, "oxlint.config.ts"), folder.at("oxlint.config.ts"));
  const expected: string[] = [];
  for (const room of rooms) {
    await mkdir(folder.at("src", room, "deep"), { recursive: true });
    await writeFile(folder.at("src", room, "thing.ts"), "export const thing = 1;\n");
    for (const other of rooms.filter((name) => name !== room)) {
      const allowed = table.get(room)?.includes(other) === true;
      for (const [form, statement] of STATEMENTS.entries()) {
        const probe = `src/${room}/deep/${other}-${form}.ts`;
        await writeFile(folder.at(probe), statement(`../../${other}/thing.ts`));
        if (!allowed) expected.push(probe);
      }
    }
    const probe = `src/${room}/library.ts`;
    await writeFile(folder.at(probe), `export * from "../index.ts";\n`);
    expected.push(probe);
  }
  await writeFile(folder.at("src", "index.ts"), `export * from "./operations/thing.ts";\n`);

  const linter = join(ROOT, "node_modules", "oxlint", "bin", "oxlint");
  const { stdout } = await run(process.execPath, [linter, "--format", "json", "src"], {
    cwd: folder.path,
    mayFail: true,
  });
  const { diagnostics } = JSON.parse(stdout.toString()) as Report;
  const refused = diagnostics.filter(({ code }) => code.includes("no-restricted-imports"));
  expect([...new Set(refused.map(({ filename }) => filename))].toSorted()).toEqual(expected.toSorted());
});

/** Room -> rooms that it may import. */
function roomTable(): ReadonlyMap<string, readonly string[]> {
  const table = tablesOf(readProjectFile("ARCHITECTURE.md")).find(({ header }) => header[0] === "room");
  return new Map(
    table?.rows.map(([room = "", , allowed = ""]) => [codeIn(room)[0] ?? "", codeIn(allowed)] as const),
  );
}
