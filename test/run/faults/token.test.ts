import { expect, test } from "vitest";
import { LONG } from "../../support/long.ts";
import { compareWithTable } from "./matrix.ts";
import { openPlace, PATIENTLY, SOON } from "./place.ts";

test.skipIf(!LONG).concurrent("a token that was revoked before the start", PATIENTLY, async () => {
  await using place = await openPlace({ onHub: true });
  await place.saveWell("alice");
  place.wipe();
  const run = place.start({ flags: SOON, env: { HF_TOKEN: "hf_revoked" } });
  expect(await run.appSays(/mode/)).toBe("normal mode, nobody");
  place.write("bob");
  await run.says(/not saved/);
  const status = await run.stop();
  await compareWithTable("the token is revoked before the start", {
    run,
    status,
    unsaved: "what the app writes, on a disk that is wiped",
  });
  await place.mustHold("alice");
  await place.mustStartWith("alice");
});

test.concurrent("a token that is revoked later", PATIENTLY, async () => {
  await using place = await openPlace({ onHub: true });
  await place.saveWell("alice");
  place.wipe();
  const run = place.start({ flags: SOON });
  expect(await run.appSays(/mode/)).toBe("normal mode, alice");
  const body = JSON.stringify({ error: "Invalid credentials in Authorization header" });
  place.hub?.hub.faults.add({ fault: { kind: "status", status: 401, body } });
  place.write("alice of today");
  await run.says(/not saved/);
  const status = await run.stop();
  await compareWithTable("the token is revoked later", {
    run,
    status,
    unsaved: "what has changed since the last save, on a disk that is wiped",
  });
  place.hub?.hub.faults.clear();
  await place.mustHold("alice");
  await place.mustStartWith("alice");
});
