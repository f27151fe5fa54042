import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { openMemoryStore } from "../../src/stores/memory.ts";
import type { Store } from "../../src/stores/store.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";

/** A state folder and an empty store in memory, for one test. */
export interface TestState extends AsyncDisposable {
  readonly folder: string;
  readonly access: { readonly store: Store; readonly password: string };
  /** Options of a save of the folder; caches stay in the test's own place. */
  readonly request: { readonly state: readonly string[]; readonly cacheFolder: string };
  readonly temporary: TemporaryFolder;
  at(name: string): string;
  write(name: string, content: string | Uint8Array): Promise<void>;
}

export async function openTestState(): Promise<TestState> {
  const temporary = await temporaryFolder();
  const folder = temporary.at("data");
  await mkdir(folder);
  return {
    folder,
    temporary,
    access: { store: openMemoryStore(), password: "correct horse" },
    request: { state: [folder], cacheFolder: temporary.at("cache") },
    at: (name) => temporary.at("data", name),
    async write(name, content) {
      const path = temporary.at("data", name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content);
    },
    [Symbol.asyncDispose]: () => temporary[Symbol.asyncDispose](),
  };
}
