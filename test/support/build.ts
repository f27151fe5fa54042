import { join } from "node:path";
import { run } from "./run.ts";

const ROOT = join(import.meta.dirname, "..", "..");

/** Called by the test runner before the first test: builds the program that tests start, from the sources of now. */
export async function setup(): Promise<void> {
  const compiler = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  await run(process.execPath, [compiler, "-p", "tsconfig.build.json"], { cwd: ROOT });
}
