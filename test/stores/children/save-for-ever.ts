/**
 * Writes to the folder of its first argument, batch after batch as a save does, until it is killed.
 * A batch `n` is made of `data/n`, `index/n` and `snapshots/n`, and replaces the file `latest`.
 */
import { randomBytes } from "node:crypto";
import { openLocalStore } from "../../../src/stores/local.ts";
import { sealedFile } from "./files.ts";

const PACK_BYTES = 2 * 1024 * 1024;
const SMALL_BYTES = 5000;

const [folder = ""] = process.argv.slice(2);
const store = openLocalStore(folder);
const pack = randomBytes(PACK_BYTES);

process.stdout.write("writing\n");
for (let batch = 0; ; batch += 1) {
  const createOnly = batch % 2 === 0;
  await store.write(
    [
      sealedFile(`data/${batch}`, pack),
      sealedFile(`index/${batch}`, randomBytes(SMALL_BYTES)),
      sealedFile(`snapshots/${batch}`, randomBytes(SMALL_BYTES)),
    ],
    { createOnly },
  );
  await store.write([sealedFile("latest", randomBytes(SMALL_BYTES * (1 + (batch % 3))))]);
}
