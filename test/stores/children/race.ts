/**
 * One of many writers: on its first input it writes, each file in a write of its own, `own/<label>`,
 * `shared` and, create-only, `prize`, and prints `won` or `lost`. Arguments: folder, label.
 */
import { once } from "node:events";
import { isHoldfastError } from "../../../src/base/errors.ts";
import { openLocalStore } from "../../../src/stores/local.ts";
import { sealedFile } from "./files.ts";

const CONTENT_BYTES = 300_000;

const [folder = "", label = ""] = process.argv.slice(2);
const store = openLocalStore(folder);
const content = Buffer.alloc(CONTENT_BYTES, `${label} `);

process.stdout.write("ready\n");
await once(process.stdin, "data");
await store.write([sealedFile(`own/${label}`, content)]);
await store.write([sealedFile("shared", content)]);
try {
  await store.write([sealedFile("prize", content)], { createOnly: true });
  process.stdout.write("won\n");
} catch (error) {
  if (!isHoldfastError(error, "ALREADY_EXISTS")) throw error;
  process.stdout.write("lost\n");
}
process.stdin.destroy();
