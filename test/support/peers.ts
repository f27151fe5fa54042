import { findPeers } from "../../scripts/peers.ts";
import { LONG } from "./long.ts";
import { type ResticProgram, resticProgram } from "./restic.ts";

/**
 * The real restic programs of this machine, oldest first; prints what is missing and why.
 *
 * @param which all, or only the newest, as in the short run, which has to be over soon
 */
export async function findRestics(
  which: "all" | "newest" = LONG ? "all" : "newest",
): Promise<readonly ResticProgram[]> {
  const { resticDebian, resticNewest, reasons } = await findPeers();
  for (const reason of reasons) process.stdout.write(`skipped: ${reason}\n`);
  const found = [resticDebian, resticNewest].filter((binary) => binary !== null);
  const binaries = which === "all" ? found : found.slice(-1);
  return Promise.all(binaries.map((binary) => resticProgram(binary)));
}
