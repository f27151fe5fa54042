import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { ERROR_CODES } from "../../src/base/errors.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
import { TRANSITIONS } from "../../src/run/machine.ts";
import { anchorsOf, codeIn, codeSpansOf, linksOf, shellLinesOf, tablesOf } from "./markdown.ts";
import { packageJson, projectFiles, readProjectFile, ROOT } from "./project.ts";

const DOCUMENTS = projectFiles("*.md", "{docs,bench,examples}/**/*.md");

describe.each(DOCUMENTS)("%s", (document) => {
  const text = readProjectFile(document);

  test("links lead to files and headings that are there", () => {
    const broken = linksOf(text).filter((link) => !/^[a-z]+:/.test(link) && !leadsSomewhere(document, link));
    expect(broken).toEqual([]);
  });

  test("npm scripts that it names exist", () => {
    const { scripts } = packageJson();
    const named = [...text.matchAll(/npm run ([a-z:-]+)/g)].map(([, name = ""]) => name);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  test("commands that it shows exist", () => {
    const known = new Set<string>([...COMMANDS.map(({ name }) => name), "COMMAND"]);
    const shown = [...shellLinesOf(text), ...codeSpansOf(text)].flatMap((line) =>
      [...line.matchAll(/\bholdfast ([A-Za-z]+)/g)].map(([, name = ""]) => name),
    );
    expect(shown.filter((name) => !known.has(name))).toEqual([]);
  });
});

test("the README shows every command", () => {
  const table = tableWith("README.md", "command");
  const shown = table.rows.map(([cell = ""]) => /^holdfast (\w+)/.exec(codeIn(cell)[0] ?? "")?.[1] ?? "");
  expect(shown.toSorted()).toEqual(COMMANDS.map(({ name }) => name).toSorted());
});

test("ARCHITECTURE.md shows every state of a run, and every step between them", () => {
  const { rows } = tableWith("ARCHITECTURE.md", "state");
  const shown = rows.map(([state = "", , next = ""]) => [codeIn(state)[0], codeIn(next)]);
  expect(Object.fromEntries(shown)).toEqual(TRANSITIONS);
});

test("docs/errors.md says of every code what the table in the source says", () => {
  const documented = tableWith("docs/errors.md", "code").rows.map(([code = "", exit, again]) => [
    codeIn(code)[0],
    { exit: Number(exit), retry: again === "yes" },
  ]);
  expect(Object.fromEntries(documented)).toEqual(ERROR_CODES);
});

test("ARCHITECTURE.md gives a reason for every dependency, and for nothing else", () => {
  const { dependencies, devDependencies } = packageJson();
  const [runtime, development] = tablesOf(readProjectFile("ARCHITECTURE.md"))
    .filter(({ header }) => header[0] === "package")
    .map(({ rows }) => rows.flatMap(([cell = ""]) => codeIn(cell)).toSorted());
  expect(runtime).toEqual(Object.keys(dependencies).toSorted());
  expect(development).toEqual(Object.keys(devDependencies).toSorted());
});

function tableWith(document: string, firstHeading: string): ReturnType<typeof tablesOf>[number] {
  const table = tablesOf(readProjectFile(document)).find(({ header }) => header[0] === firstHeading);
  if (table === undefined) throw new Error(`${document} has no table that starts with '${firstHeading}'`);
  return table;
}

function leadsSomewhere(document: string, link: string): boolean {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? document : relative(ROOT, join(ROOT, dirname(document), path));
  if (!existsSync(join(ROOT, target))) return false;
  return anchor === undefined || anchorsOf(readProjectFile(target)).has(anchor);
}
