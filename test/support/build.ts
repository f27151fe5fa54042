import { join } from "node:path";
import { run } from "./run.ts";

const ROOT = join(import.meta.dirname, "..", "..");

/** As `npm run build` does. */
const STEPS = [
  ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"],
  ["scripts/bundle.ts"],
] as const;

/** Called by the test runner before the first test: builds the program that tests start, from the sources of now. */
export async function setup(): Promise<void> {
  for (const words of STEPS) await run(process.execPath, words, { cwd: ROOT });
}
