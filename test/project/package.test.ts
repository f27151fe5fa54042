import { describe, expect, test } from "vitest";
import { run } from "../support/run.ts";
import { readProjectFile, ROOT } from "./project.ts";

/** What `npm pack --json` says, as far as it is looked at. */
interface Packed {
  readonly files: readonly { readonly path: string }[];
}

/** A lock file of npm, as far as it is looked at. */
interface LockFile {
  readonly packages: Readonly<
    Record<
      string,
      {
        readonly resolved?: string;
        readonly integrity?: string;
        readonly optionalDependencies?: Readonly<Record<string, string>>;
      }
    >
  >;
}

test("the package holds the compiled program, its documents and nothing else", async () => {
  const { stdout } = await run("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: ROOT });
  const answer = JSON.parse(stdout.toString()) as readonly Packed[] | Readonly<Record<string, Packed>>;
  const paths = Object.values(answer).flatMap(({ files }) => files.map(({ path }) => path));
  expect(paths).toEqual(
    expect.arrayContaining([
      "README.md",
      "LICENSE",
      "CHANGELOG.md",
      "dist/index.d.ts",
      "dist/program/main.js",
    ]),
  );
  const allowed = /^(?:package\.json|README\.md|LICENSE|CHANGELOG\.md|dist\/.+\.(?:js|d\.ts))$/;
  expect(paths.filter((path) => !allowed.test(path))).toEqual([]);
});

describe.each(["package-lock.json", "tools/api-docs/package-lock.json"])("%s", (path) => {
  const { packages } = JSON.parse(readProjectFile(path)) as LockFile;
  const installed = Object.entries(packages).filter(([name]) => name !== "");

  test("names no registry", () => {
    expect(installed.filter(([, entry]) => entry.resolved !== undefined)).toEqual([]);
    expect(installed.filter(([, entry]) => entry.integrity === undefined)).toEqual([]);
  });

  test("holds the packages of all platforms: 'npm ci' refuses a lock file that lacks one", () => {
    const places = Object.keys(packages);
    const isMissing = (name: string): boolean =>
      !places.some((place) => place.endsWith(`node_modules/${name}`));
    const optional = installed.flatMap(([, entry]) => Object.keys(entry.optionalDependencies ?? {}));
    expect(optional.filter(isMissing)).toEqual([]);
  });
});

test("a program can import the package by its name", async () => {
  const program = `
    import * as library from "holdfast";
    process.stdout.write(Object.keys(library).toSorted().join(" "));
  `;
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", program], { cwd: ROOT });
  expect(stdout.toString().split(" ")).toEqual(expect.arrayContaining(["openRepository", "restore", "save"]));
});
