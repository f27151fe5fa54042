/*
 * A program that is killed: swaps the entries of the folder named first for those that the work folder,
 * named second, holds below `new`, and gives the folder a time of its own.
 */
import { fromText } from "../../src/base/byte-string.ts";
import { swapInside } from "../../src/restore/swap-inside.ts";

const [target = "", work = ""] = process.argv.slice(2);

const swapped = await swapInside(fromText(target), fromText(work), ["old", "both"].map(fromText), {
  mode: 0o750,
  uid: process.getuid?.() ?? 0,
  gid: process.getgid?.() ?? 0,
  atimeNs: 5n,
  mtimeNs: 7_000_000_001n,
  attributes: [],
});
await swapped.settle();
