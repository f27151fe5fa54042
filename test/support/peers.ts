import { findPeers } from "../../scripts/peers.ts";
import { type ResticProgram, resticProgram } from "./restic.ts";

/** The real restic programs of this machine, oldest first; prints what is missing and why. */
export async function findRestics(): Promise<readonly ResticProgram[]> {
  const { resticDebian, resticNewest, reasons } = await findPeers();
  for (const reason of reasons) process.stdout.write(`skipped: ${reason}\n`);
  const binaries = [resticDebian, resticNewest].filter((binary) => binary !== null);
  return Promise.all(binaries.map((binary) => resticProgram(binary)));
}
