import { namesIn } from "../../../src/stores/conformance/case.ts";
import { openOneDriveStore } from "../../../src/stores/onedrive.ts";

/** A process that uses the drive at `url` ten times, and renews each time, because it finds every token old. */
const [url = "", tokenFile = ""] = process.argv.slice(2);
let hours = 0;
for (let listing = 0; listing < 10; listing += 1) {
  hours += 2;
  const store = await openOneDriveStore("vault", {
    access: { token: process.env["HOLDFAST_ONEDRIVE_TOKEN"] ?? null, tokenFile },
    clock: () => Date.UTC(2026, 0, 1) + hours * 3_600_000,
    fetch: (address, init) => fetch(`${url}/${address.slice("https://".length)}`, init),
  });
  await namesIn(store, "");
}
process.stdout.write("10 listings\n");
