import { defineConfig, type OxlintConfig, type OxlintOverride } from "oxlint";

/**
 * The rooms of the house and what each may import: arrows point downwards only. The reasons are in
 * ARCHITECTURE.md, and `test/project/layers.test.ts` proves that every other arrow is refused.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  config: ["base"],
  stores: ["base"],
  repository: ["stores", "base"],
  capture: ["repository", "stores", "base"],
  restore: ["repository", "stores", "base"],
  browser: ["base"],
  operations: ["browser", "capture", "restore", "repository", "stores", "base"],
  run: ["operations", "browser", "capture", "stores", "base"],
  cli: ["run", "operations", "config", "base"],
};

function layerRules(): OxlintOverride[] {
  return Object.entries(MAY_IMPORT).map(([room, allowed]) => ({
    files: [`src/${room}/**`],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              group: [
                "**/index.ts",
                ...Object.keys(MAY_IMPORT)
                  .filter((other) => other !== room && !allowed.includes(other))
                  .map((other) => `**/${other}/**`),
              ],
              message: `src/${room} may import only: ${allowed.join(", ") || "nothing of src"} (ARCHITECTURE.md)`,
            },
          ],
        },
      ],
    },
  }));
}

const config: OxlintConfig = defineConfig({
  plugins: ["eslint", "typescript", "unicorn", "oxc", "import", "promise", "node"],
  options: { typeAware: true, reportUnusedDisableDirectives: "error" },
  ignorePatterns: ["dist/", "docs/api/", ".cache/", "tools/api-docs/node_modules/"],
  categories: { correctness: "error", suspicious: "error", perf: "error" },
  rules: {
    // Promises: none may be lost, and a stack trace keeps its callers.
    "typescript/no-floating-promises": "error",
    "typescript/no-misused-promises": "error",
    "typescript/return-await": ["error", "error-handling-correctness-only"],
    "typescript/only-throw-error": ["error", { allowThrowingUnknown: true }],
    "typescript/prefer-promise-reject-errors": ["error", { allowThrowingUnknown: true }],
    "typescript/use-unknown-in-catch-callback-variable": "error",
    "promise/no-multiple-resolved": "error",
    // Types: what the compiler does not refuse by itself.
    "typescript/no-explicit-any": "error",
    "typescript/no-unsafe-argument": "error",
    "typescript/no-unsafe-assignment": "error",
    "typescript/no-unsafe-call": "error",
    "typescript/no-unsafe-member-access": "error",
    "typescript/no-unsafe-return": "error",
    "typescript/no-non-null-assertion": "error",
    "typescript/no-deprecated": "error",
    "typescript/switch-exhaustiveness-check": "error",
    "typescript/prefer-readonly": "error",
    "typescript/restrict-plus-operands": "error",
    "typescript/consistent-type-imports": [
      "error",
      { disallowTypeAnnotations: false, fixStyle: "inline-type-imports" },
    ],
    // Style that a reader notices.
    eqeqeq: "error",
    "no-else-return": "error",
    "no-lonely-if": "error",
    "no-var": "error",
    "prefer-const": "error",
    "object-shorthand": "error",
    "import/first": "error",
    "import/no-cycle": "error",
    "import/no-default-export": "error",
    "import/no-duplicates": ["error", { preferInline: true }],
    "import/no-mutable-exports": "error",
    "unicorn/filename-case": ["error", { case: "kebabCase" }],
    "unicorn/no-array-for-each": "error",
    "unicorn/prefer-node-protocol": "error",
    "unicorn/throw-new-error": "error",
    // Order is often the point: one request after the other, one file before the next.
    "no-await-in-loop": "off",
    // The arrays sorted here are fresh copies, or are meant to be sorted where they are.
    "unicorn/no-array-sort": "off",
    // A small helper may stand beside its only use.
    "unicorn/consistent-function-scoping": "off",
    // Casts at the edges are how branded types and parsed JSON come in.
    "typescript/no-unsafe-type-assertion": "off",
    // What is held only for its end (`await using _lock`) and brands of types start with one.
    "no-underscore-dangle": "off",
    // A type parameter may stand for what comes from outside, such as the data of a worker thread.
    "typescript/no-unnecessary-type-parameters": "off",
  },
  overrides: [
    {
      files: ["src/**"],
      rules: {
        "max-lines": ["error", { max: 300, skipBlankLines: true, skipComments: true }],
        "max-lines-per-function": ["error", { max: 70, skipBlankLines: true, skipComments: true }],
        "no-console": "error",
        "unicorn/no-process-exit": "error",
      },
    },
    ...layerRules(),
    {
      // Tools read a default export.
      files: ["*.config.ts"],
      rules: { "import/no-default-export": "off" },
    },
    {
      // The type checker does not read JavaScript.
      files: ["**/*.mjs"],
      rules: {
        "typescript/no-unsafe-assignment": "off",
        "typescript/no-unsafe-call": "off",
        "typescript/no-unsafe-member-access": "off",
        "typescript/no-unsafe-return": "off",
      },
    },
  ],
});

export default config;
