/*
 * Loaded before everything else on a Node.js that lacks `using` (before 24): threads and processes that
 * tests start take what was built (`npm run build`) in the place of the sources. The tests themselves run
 * on the sources, which the test runner translates. Tests that start very many threads load it too
 * (`built-threads.ts`). It is JavaScript, which no thread has to strip of its types.
 */
import { registerHooks } from "node:module";

const SOURCES = new URL("../../src/", import.meta.url).href;
const BUILT = new URL("../../dist/", import.meta.url).href;

registerHooks({
  resolve(specifier, context, nextResolve) {
    const resolved = nextResolve(specifier, context);
    if (!resolved.url.startsWith(SOURCES) || !resolved.url.endsWith(".ts")) return resolved;
    const url = BUILT + resolved.url.slice(SOURCES.length).replace(/\.ts$/, ".js");
    return { ...resolved, url, format: "module" };
  },
});
