/*
 * Gets what npm cannot: the Debian packages that the demo and the tests start, the peers that tests
 * and benchmarks compare with, and the official clients in Python.
 *
 *   node scripts/tools.ts              everything
 *   node scripts/tools.ts chromium     only this program
 *
 * Exit status 2: something has to be installed by somebody who may; the line to type was printed.
 */
import { ensurePrograms } from "./debian.ts";
import { unpackNginx } from "./nginx.ts";
import { buildPeers } from "./peers.ts";
import { installPythonClients } from "./python-client.ts";

const names = process.argv.slice(2);
if (!(await ensurePrograms(names))) {
  process.exitCode = 2;
} else if (names.length === 0) {
  for (const reason of [...(await buildPeers()), ...(await installPythonClients()), await unpackNginx()])
    if (reason !== null) console.log(`${reason} (what needs it is skipped)`);
}
