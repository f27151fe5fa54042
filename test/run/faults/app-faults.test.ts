import { expect, test } from "vitest";
import { compareWithTable } from "./matrix.ts";
import { openPlace, PATIENTLY, SOON } from "./place.ts";

test.concurrent("an app that crashes once is started again with its state", PATIENTLY, async () => {
  await using place = await openPlace();
  await place.saveWell("alice");
  place.wipe();
  const run = place.start({ app: ["crash-once", place.at("marker")] });
  expect([await run.appSays(/mode/), await run.appSays(/mode/)]).toEqual([
    "normal mode, alice",
    "normal mode, alice",
  ]);
  const status = await run.stop();
  await compareWithTable("the app crashes once", { run, status, also: /-> backing-off|backing-off ->/ });
  await place.mustHold("alice");
  await place.mustStartWith("alice");
});

test.concurrent(
  "an app that crashes five times in a row is given up, and what it had written is saved",
  PATIENTLY,
  async () => {
    await using place = await openPlace();
    await place.saveWell("alice");
    const run = place.start({ app: ["crash"] });
    await run.appSays(/mode/);
    place.write("alice of today");
    const status = await run.ended;
    expect(run.appSaid).toHaveLength(5);
    await compareWithTable("the app crashes five times in a row", { run, status, also: /in a row/ });
    await place.mustHold("alice of today");
    await place.mustStartWith("alice of today");
  },
);

test.concurrent(
  "an app that ignores SIGTERM is killed, and what it had written is saved",
  PATIENTLY,
  async () => {
    await using place = await openPlace();
    await place.saveWell("alice");
    place.wipe();
    const run = place.start({ app: ["stubborn"], flags: ["--grace", "4s"] });
    await run.appSays(/mode/);
    place.write("alice of today");
    const status = await run.stop();
    await compareWithTable("the app ignores SIGTERM", { run, status, also: /-> (stopping|last-save|ended)/ });
    await place.mustHold("alice of today");
    await place.mustStartWith("alice of today");
  },
);

test.concurrent("a second instance on the same machine is told that there is one", PATIENTLY, async () => {
  await using place = await openPlace();
  await place.saveWell("alice");
  place.wipe();
  const first = place.start({ flags: SOON });
  await first.appSays(/mode/);
  const second = place.start();
  const status = await second.ended;
  expect(second.appSaid).toEqual([]);
  place.write("alice of today");
  await first.says(/saved/);
  expect(await first.stop()).toBe(0);
  await compareWithTable("two instances on one machine", { run: second, status });
  await place.mustHold("alice of today");
  await place.mustStartWith("alice of today");
});
