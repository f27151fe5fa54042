import { mkdirSync, openSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";

/*
 * Counts in the folder named by its argument, in several ways that must agree, until it is killed or who
 * started it is gone: in two open files one after the other, in a file that is replaced, and in the name
 * of the only file of a folder.
 */

const [root = ""] = process.argv.slice(2);
const starter = process.ppid;
mkdirSync(join(root, "only"), { recursive: true });
writeFileSync(join(root, "only", "0"), "");
const [first, second] = ["a", "b"].map((name) => openSync(join(root, name), "w"));
for (let count = 1; process.ppid === starter; count += 1) {
  const text = String(count).padStart(10, "0");
  writeSync(first ?? -1, text, 0);
  writeSync(second ?? -1, text, 0);
  writeFileSync(join(root, "next~"), text);
  renameSync(join(root, "next~"), join(root, "replaced"));
  renameSync(join(root, "only", `${count - 1}`), join(root, "only", `${count}`));
  if (count === 1) process.stdout.write("ready\n");
}
