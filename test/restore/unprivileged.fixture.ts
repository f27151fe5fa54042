import { HoldfastError } from "../../src/base/errors.ts";
import { GO_MODE } from "../../src/repository/node.ts";
import { restoreFolders } from "../../src/restore/restore-folders.ts";
import { scratchRepository } from "../repository/scratch.ts";
import { makeFolder } from "./made-snapshot.ts";

/* Restores a folder with read-only folders in it to the path given, as whoever runs it; prints how it went. */

const [target = ""] = process.argv.slice(2);
const repository = scratchRepository();
const locked = GO_MODE.dir + 0o555;
const node = await makeFolder(
  repository,
  [
    {
      name: "locked",
      mode: locked,
      entries: [{ name: "deeper", mode: locked, entries: [{ name: "a", content: ["new"] }] }],
    },
    {
      name: "of-root",
      content: ["new"],
      uid: 0,
      gid: 0,
      mode: 0o400,
      extendedAttributes: [{ name: "user.x", value: Buffer.from("y") }],
    },
  ],
  { mode: locked },
);
try {
  const { folders } = await restoreFolders(repository, { folders: [{ node, target }], force: true });
  process.stdout.write(JSON.stringify({ code: null, leftover: folders[0]?.leftover }));
} catch (error) {
  process.stdout.write(JSON.stringify({ code: error instanceof HoldfastError ? error.code : String(error) }));
}
