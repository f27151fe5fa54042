/*
 * `npm run hub`: the stand-in for the Hugging Face Hub, for people. Arguments: the folder that it keeps
 * everything in (`.cache/hub`), and its port (7800; the second origin has the next one). Ctrl-C stops it.
 */
import { once } from "node:events";
import { resolve } from "node:path";
import { startHub } from "./hub.ts";

const USER = "alice";
const [folder = ".cache/hub", port = "7800"] = process.argv.slice(2);
const hubPort = Number(port);

const hub = await startHub({
  folder: resolve(folder),
  ports: { hub: hubPort, cdn: hubPort === 0 ? 0 : hubPort + 1 },
});
hub.addUser(USER);
const known = hub.tokens().find(({ user, role }) => user === USER && role === "write");
const token = known?.token ?? hub.addToken({ user: USER, role: "write" });

console.log(`A stand-in for the Hugging Face Hub, on this machine only, with the limits of a free account.

  address        ${hub.url}
  second origin  ${hub.cdnUrl} (LFS objects)
  user           ${USER}
  kept in        ${resolve(folder)}

Use it with Holdfast or with any client of the Hub:

  export HF_ENDPOINT=${hub.url} HF_TOKEN=${token} HF_HUB_DISABLE_XET=1
  holdfast save --store hf://datasets/${USER}/vault
  git -c http.extraHeader="Authorization: Bearer $HF_TOKEN" clone $HF_ENDPOINT/datasets/${USER}/vault

Ctrl-C stops it.`);

const stopped = new AbortController();
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => stopped.abort());
await once(stopped.signal, "abort");
await hub[Symbol.asyncDispose]();
