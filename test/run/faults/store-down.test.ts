import { expect, test, vi } from "vitest";
import { LONG } from "../../support/long.ts";
import { compareWithTable } from "./matrix.ts";
import { type FaultPlace, openPlace, PATIENTLY, preload, SOON } from "./place.ts";

/** The least time in which a store is tried to be reached. */
const BRIEFLY = ["--restore-timeout", "2s", ...SOON];

/** A store that holds `alice`, and is down. */
async function openDownPlace(): Promise<FaultPlace & { readonly comeBack: () => void }> {
  const place = await openPlace({ onHub: true });
  await place.saveWell("alice");
  place.wipe();
  place.hub?.hub.faults.add({ fault: { kind: "reset" } });
  return Object.assign(place, { comeBack: () => place.hub?.hub.faults.clear() });
}

test.concurrent(
  "an app that starts while the store is down makes room for its state when it is back",
  PATIENTLY,
  async () => {
    await using place = await openDownPlace();
    const run = place.start({ flags: BRIEFLY });
    expect(await run.appSays(/mode/)).toBe("normal mode, nobody");
    place.write("nobody, but logged in");
    place.comeBack();
    await run.says(/saved/);
    await run.says(/-> replacing/);
    expect(await run.appSays(/mode/)).toBe("normal mode, alice");
    const status = await run.stop();
    await compareWithTable("the store is down at the start", {
      run,
      status,
      also: /replacing|restored/,
      unsaved: "nothing: what the app wrote until then is in a snapshot tagged `quarantine`",
    });
    await place.mustHold("alice");
    expect(await place.loginBeside("quarantine")).toBe("nobody, but logged in");
    await place.mustStartWith("alice");
  },
);

test.concurrent("with --require-restore the app does not start without its state", PATIENTLY, async () => {
  await using place = await openDownPlace();
  const run = place.start({ flags: [...BRIEFLY, "--require-restore"] });
  const status = await run.ended;
  expect(run.appSaid).toEqual([]);
  place.comeBack();
  await compareWithTable("the store is down at the start, with `--require-restore`", { run, status });
  await place.mustHold("alice");
  await place.mustStartWith("alice");
});

test
  .skipIf(!LONG)
  .concurrent("without a password in its settings the app starts all the same", PATIENTLY, async () => {
    await using place = await openDownPlace();
    const run = place.start({ flags: BRIEFLY, env: { HOLDFAST_PASSWORD: undefined } });
    expect(await run.appSays(/mode/)).toBe("normal mode, nobody");
    expect(await run.stop()).toBe(0);
    place.comeBack();
    await place.mustHold("alice");
  });

test.concurrent("what a person adopts in quarantine is the state from then on", PATIENTLY, async () => {
  await using place = await openDownPlace();
  const run = place.start({ flags: BRIEFLY });
  await run.appSays(/mode/);
  place.write("bob");
  const adopted = place.ask("adopt");
  place.comeBack();
  await adopted;
  await run.says(/saved .*adopted/);
  place.write("bob of today");
  await run.says(/: saved/);
  // it goes on with a lease, so that whoever comes next does not save beside it
  await vi.waitFor(async () => expect(await place.hasLease()).toBe(true), { timeout: 60_000, interval: 250 });
  const status = await run.stop();
  await compareWithTable("the store is down at the start, and a person adopts what the app has", {
    run,
    status,
  });
  await place.mustHold("bob of today");
  await place.mustStartWith("bob of today");
});

test
  .skipIf(!LONG)
  .concurrent(
    "a store that takes questions and never answers is a store that is down",
    PATIENTLY,
    async () => {
      await using place = await openDownPlace();
      place.comeBack();
      place.hub?.hub.faults.add({ fault: { kind: "hang" } });
      const run = place.start({ flags: BRIEFLY });
      await run.says(/-> restoring/);
      await expect(place.ask("adopt")).rejects.toMatchObject({ code: "LOCKED" });
      expect(await run.appSays(/mode/)).toBe("normal mode, nobody");
      const status = await run.stop();
      place.comeBack();
      await compareWithTable("the store hangs at the start", { run, status });
      await place.mustHold("alice");
      await place.mustStartWith("alice");
    },
  );

test.concurrent(
  "saves that fail while the store is down are tried again until it is back",
  PATIENTLY,
  async () => {
    await using place = await openPlace({ onHub: true });
    await place.saveWell("alice");
    place.wipe();
    const run = place.start({ flags: SOON, env: preload("impatient") });
    expect(await run.appSays(/mode/)).toBe("normal mode, alice");
    place.hub?.hub.faults.add({ fault: { kind: "reset" } });
    place.write("alice of today");
    await run.says(/not saved/);
    await run.says(/not saved/);
    place.hub?.hub.faults.clear();
    await run.says(/: saved/);
    const status = await run.stop();
    await compareWithTable("the store goes down later", { run, status });
    await place.mustHold("alice of today");
    await place.mustStartWith("alice of today");
  },
);
