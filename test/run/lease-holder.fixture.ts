import { setTimeout } from "node:timers/promises";
import { takeLease } from "../../src/run/lease.ts";
import { openStore } from "../../src/stores/open.ts";

/* Holds the lease of a store, says so line by line, hands it over when it is asked, and ends when it is lost. */

const [, , url = ""] = process.argv;
const store = await openStore(url);
const lease = await takeLease(store, {
  handoverMs: 60_000,
  answerMs: 60_000,
  lookMs: 20,
  pollMs: 20,
  onWaiting: () => process.stdout.write("waiting\n"),
});
process.stdout.write("held\n");
for (let state = await lease.poll(); state !== "lost"; state = await lease.poll()) {
  if (state === "asked") {
    await lease.acknowledge();
    process.stdout.write("asked\n");
    await lease.release();
  }
  await setTimeout(lease.pollMs);
}
process.stdout.write("lost\n");
