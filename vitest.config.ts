import { defineConfig, type ViteUserConfig } from "vitest/config";

/** Torture tests use their full counts then (`npm run test:long`), which takes minutes each. */
const long = process.env["HOLDFAST_LONG"] === "1";

const config: ViteUserConfig = defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Own processes: tests change umask, descriptors and child processes, which threads share.
    pool: "forks",
    testTimeout: long ? 30 * 60_000 : 60_000,
    hookTimeout: long ? 5 * 60_000 : 60_000,
  },
});

export default config;
