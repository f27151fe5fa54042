/*
 * Second step of `npm run build`: puts the compiled program together in few files, `dist/program`. To load
 * 130 small modules took half of the time until the first request to a store. The library stays as it was
 * compiled, and packages stay packages.
 *
 * Entries lie side by side: threads and processes are found beside whoever starts them (`workerUrl`).
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "rolldown";

const ROOT = join(import.meta.dirname, "..");
const COMPILED = join(ROOT, "dist");
const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
};
const packages = Object.keys({ ...dependencies, ...peerDependencies });

await build({
  input: {
    main: join(COMPILED, "cli", "main.js"),
    "engine-process": join(COMPILED, "run", "engine-process.js"),
    "seal-worker": join(COMPILED, "repository", "seal-worker.js"),
    "write-worker": join(COMPILED, "restore", "write-worker.js"),
  },
  platform: "node",
  external: (id) =>
    id.startsWith("node:") || packages.some((name) => id === name || id.startsWith(`${name}/`)),
  output: {
    dir: join(COMPILED, "program"),
    cleanDir: true,
    entryFileNames: "[name].js",
    chunkFileNames: "[name]-[hash].js",
  },
});
