// An app: says how it was started and what it finds in its state, then does what its arguments say.

import { existsSync, readFileSync, writeFileSync } from "node:fs";

const [how = "wait", marker = ""] = process.argv.slice(2);
const login = existsSync("data/login") ? readFileSync("data/login", "utf8") : "nobody";

process.on("SIGTERM", () => {
  if (how !== "stubborn") process.exit(0);
});
setInterval(() => undefined, 60_000);
process.stdout.write(`${process.env["HOLDFAST_MODE"]} mode, ${login}\n`);

if (how === "crash" || (how === "crash-once" && !existsSync(marker))) {
  if (marker !== "") writeFileSync(marker, "");
  process.exit(3);
}
