import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The folder of the project. */
export const ROOT: string = join(import.meta.dirname, "..", "..");

/** A file of the project, as text. */
export function readProjectFile(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** The files of the project that match one of the patterns, by their paths within it. */
export function projectFiles(...patterns: readonly string[]): readonly string[] {
  return globSync(patterns, { cwd: ROOT, exclude: ["**/node_modules", "docs/api"] }).toSorted();
}

/** The parts of `package.json` that tests look at. */
export interface PackageJson {
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** `package.json`. */
export function packageJson(): PackageJson {
  return JSON.parse(readProjectFile("package.json")) as PackageJson;
}
