import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/*
 * Makes, changes, renames and removes files and folders below the folder named by its argument, until it
 * is killed, or who started it is gone.
 */

const [root = ""] = process.argv.slice(2);
mkdirSync(root, { recursive: true });
const starter = process.ppid;
for (let round = 0; process.ppid === starter; round += 1) {
  const folder = join(root, `folder ${round % 7}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "deep"), { recursive: true });
  for (let file = 0; file < 10; file += 1)
    writeFileSync(join(folder, "deep", `${file}`), "x".repeat(file * 1_000));
  writeFileSync(join(root, "always changing"), `${round}`.repeat(round % 50_000));
  symlinkSync(`${round}`, join(folder, "link"));
  renameSync(join(folder, "deep"), join(folder, `renamed ${round % 3}`));
  rmSync(join(folder, `renamed ${round % 3}`, "5"));
}
