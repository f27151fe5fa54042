import { availableParallelism } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { defineConfig, type ViteUserConfig } from "vitest/config";

/** Torture tests use their full counts then (`npm run test:long`), which takes minutes each. */
const long = process.env["HOLDFAST_LONG"] === "1";

/** Node.js 22 lacks the syntax of `using`, in threads and processes that the test runner does not translate. */
const lacksUsing = Number(process.versions.node.split(".")[0]) < 24;
const preload = pathToFileURL(join(import.meta.dirname, "test", "support", "built-sources.mjs")).href;
const forOldNode = lacksUsing
  ? { execArgv: [`--import=${preload}`], env: { NODE_OPTIONS: `--import=${preload}` } }
  : {};

const config: ViteUserConfig = defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/build.ts"],
    // Own processes: tests change umask, descriptors and child processes, which threads share.
    pool: "forks",
    // Most tests wait for other processes and for the disk: one more than there are cores keeps those at work.
    maxWorkers: availableParallelism() + 1,
    testTimeout: long ? 30 * 60_000 : 60_000,
    hookTimeout: long ? 5 * 60_000 : 60_000,
    ...forOldNode,
  },
});

export default config;
