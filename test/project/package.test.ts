import { expect, test } from "vitest";
import { run } from "../support/run.ts";
import { readProjectFile, ROOT } from "./project.ts";

/** What `npm pack --json` says, as far as it is looked at. */
interface Packed {
  readonly files: readonly { readonly path: string }[];
}

test("the package holds the compiled program, its documents and nothing else", async () => {
  const { stdout } = await run("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: ROOT });
  const answer = JSON.parse(stdout.toString()) as readonly Packed[] | Readonly<Record<string, Packed>>;
  const paths = Object.values(answer).flatMap(({ files }) => files.map(({ path }) => path));
  expect(paths).toEqual(
    expect.arrayContaining(["README.md", "LICENSE", "CHANGELOG.md", "dist/index.d.ts", "dist/cli/main.js"]),
  );
  const allowed = /^(?:package\.json|README\.md|LICENSE|CHANGELOG\.md|dist\/.+\.(?:js|d\.ts))$/;
  expect(paths.filter((path) => !allowed.test(path))).toEqual([]);
});

test.each(["package-lock.json", "tools/api-docs/package-lock.json"])("%s names no registry", (path) => {
  const lock = JSON.parse(readProjectFile(path)) as {
    readonly packages: Readonly<Record<string, { readonly resolved?: string; readonly integrity?: string }>>;
  };
  const installed = Object.entries(lock.packages).filter(([name]) => name !== "");
  expect(installed.filter(([, entry]) => entry.resolved !== undefined)).toEqual([]);
  expect(installed.filter(([, entry]) => entry.integrity === undefined)).toEqual([]);
});

test("a program can import the package by its name", async () => {
  const program = `
    import * as library from "holdfast";
    process.stdout.write(Object.keys(library).toSorted().join(" "));
  `;
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", program], { cwd: ROOT });
  expect(stdout.toString().split(" ")).toEqual(expect.arrayContaining(["openRepository", "restore", "save"]));
});
