import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** npm packages that are only measured: installed in a folder of their own, which goes away afterwards. */
export interface MeasuredPackages extends Disposable {
  /** The package, as `import()` gives it. */
  load(name: string): Promise<unknown>;
  version(name: string): string;
}

/** Installs packages (`name@version`) without running their scripts. */
export function installPackages(specifications: readonly string[]): MeasuredPackages {
  const folder = mkdtempSync(join(tmpdir(), "hf-"));
  const options = ["--prefix", folder, "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
  execFileSync("npm", ["install", ...options, ...specifications], { stdio: ["ignore", "ignore", "inherit"] });
  const require = createRequire(join(folder, "package.json"));
  return {
    load: (name) => import(pathToFileURL(require.resolve(name)).href) as Promise<unknown>,
    version: (name) =>
      (require(join(folder, "node_modules", name, "package.json")) as { version: string }).version,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
