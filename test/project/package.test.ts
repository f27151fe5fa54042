import { copyFile, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { run } from "../support/run.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
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

/** Paths of all files that are published. */
async function packedPaths(): Promise<readonly string[]> {
  const { stdout } = await run("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: ROOT });
  const answer = JSON.parse(stdout.toString()) as readonly Packed[] | Readonly<Record<string, Packed>>;
  return Object.values(answer).flatMap(({ files }) => files.map(({ path }) => path));
}

test("the package holds the compiled program, its documents and nothing else", async () => {
  const paths = await packedPaths();
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

test("what is published is enough for a program that imports it, and to save and restore", async () => {
  await using folder = await temporaryFolder();
  const installed = folder.at("node_modules", "holdfast");
  for (const path of await packedPaths()) {
    await mkdir(join(installed, dirname(path)), { recursive: true });
    await copyFile(join(ROOT, path), join(installed, path));
  }
  await symlink(join(ROOT, "node_modules"), join(installed, "node_modules"));
  const program = `
    import * as library from "holdfast";
    process.stdout.write(Object.keys(library).toSorted().join(" "));
  `;
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", program], {
    cwd: folder.path,
  });
  expect(stdout.toString().split(" ")).toEqual(expect.arrayContaining(["openRepository", "restore", "save"]));

  await mkdir(folder.at("data"));
  await writeFile(folder.at("data", "login"), "yes");
  const env = { HOME: folder.path, HOLDFAST_PASSWORD: "secret", HOLDFAST_STATE: "data", PATH: "" };
  const main = join(installed, "dist", "program", "main.js");
  const holdfast = (...words: string[]): Promise<unknown> =>
    run(process.execPath, [main, ...words], { cwd: folder.path, env });
  await holdfast("save");
  await rm(folder.at("data"), { recursive: true });
  await holdfast("run", "--", process.execPath, "--eval", "require('fs').copyFileSync('data/login', 'seen')");
  expect(await readFile(folder.at("seen"), "utf8")).toBe("yes");
});
