import { describe, expect, test } from "vitest";
import { type ForgetPolicy, KEEP_NOTHING, planForget } from "../../src/repository/forget.ts";
import { createRepository } from "../../src/repository/repository.ts";
import { listSnapshots } from "../../src/repository/snapshot.ts";
import { openLocalStore } from "../../src/stores/local.ts";
import { findRestics } from "../support/peers.ts";
import { LONG } from "../support/long.ts";
import { createRandom, printedSeed, type Random } from "../support/random.ts";
import type { Restic } from "../support/restic.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { storeSnapshot } from "./history.ts";
import { inZone } from "./in-zone.ts";

const PASSWORD = "forgetful";
const HOUR_MS = 3_600_000;
const restics = await findRestics();

/** What `restic forget --json` says, as far as we look. */
type Forgotten = readonly {
  readonly keep: readonly { readonly id: string }[] | null;
  readonly remove: readonly { readonly id: string }[] | null;
}[];

const FLAGS: Readonly<Record<Exclude<keyof ForgetPolicy, "tags">, string>> = {
  last: "--keep-last",
  hourly: "--keep-hourly",
  daily: "--keep-daily",
  weekly: "--keep-weekly",
  monthly: "--keep-monthly",
  yearly: "--keep-yearly",
  withinMs: "--keep-within",
};

function randomPolicy(random: Random): ForgetPolicy {
  const count = (): number => (random.fraction() < 0.5 ? 0 : random.between(1, 6));
  const policy: ForgetPolicy = {
    last: count(),
    hourly: count(),
    daily: count(),
    weekly: count(),
    monthly: count(),
    yearly: count(),
    withinMs: count() * random.between(1, 200) * HOUR_MS,
    tags: random.fraction() < 0.3 ? ["precious"] : [],
  };
  const keepsNothing =
    policy.tags.length === 0 && Object.values(policy).every((value) => value === 0 || value === policy.tags);
  return keepsNothing ? { ...KEEP_NOTHING, last: 1 } : policy; // restic keeps all by an empty policy
}

function flagsOf(policy: ForgetPolicy): string[] {
  const counts = (Object.keys(FLAGS) as (keyof typeof FLAGS)[]).flatMap((rule) => {
    if (policy[rule] === 0) return [];
    return [FLAGS[rule], rule === "withinMs" ? `${policy.withinMs / HOUR_MS}h` : String(policy[rule])];
  });
  return [...counts, ...policy.tags.flatMap((tag) => ["--keep-tag", tag])];
}

/** Times in bunches: some within an hour, some years apart. */
function randomTimes(random: Random, count: number): bigint[] {
  const spans = [60_000, HOUR_MS, 24 * HOUR_MS, 8 * 24 * HOUR_MS, 200 * 24 * HOUR_MS];
  let timeMs = Date.UTC(2015, random.between(0, 12), random.between(1, 29), random.between(0, 24));
  return Array.from({ length: count }, () => {
    timeMs += random.between(1, spans[random.between(0, spans.length)] ?? 1);
    return BigInt(timeMs) * 1_000_000n;
  });
}

// Since 0.16 restic keeps the oldest snapshot, as long as a rule's count is not used up.
const likeMinded = restics.filter((program) => program.isAtLeast("0.16"));

describe.skipIf(likeMinded.length === 0).each(likeMinded)("like restic $version", (program) => {
  test("the same snapshots are kept", async () => {
    const random = createRandom(printedSeed("forget"));
    await using folder = await temporaryFolder();
    // restic counts in the zone that a snapshot was written in, which is UTC for ours.
    using _zone = inZone("UTC");
    const repository = await createRepository(openLocalStore(folder.at("r")), { password: PASSWORD });
    for (const timeNs of randomTimes(random, 40)) {
      const tags = random.fraction() < 0.1 ? ["precious"] : [];
      await storeSnapshot(repository, { a: Buffer.from("a") }, { timeNs, tags });
    }
    const snapshots = await listSnapshots(repository);
    for (let round = LONG ? 100 : 5; round > 0; round -= 1) {
      const policy = randomPolicy(random);
      const { keep, remove } = planForget(snapshots, policy);
      const ours = { keep: keep.map(({ id }) => id).sort(), remove: remove.map(({ id }) => id).sort() };
      const theirs = await forget(program.open(folder.at("r"), PASSWORD), flagsOf(policy));
      expect({ policy, ...ours }).toEqual({ policy, ...theirs });
    }
  });
});

async function forget(
  restic: Restic,
  flags: readonly string[],
): Promise<{ keep: string[]; remove: string[] }> {
  const [group] = (await restic.json(["forget", "--dry-run", "--group-by", "", ...flags])) as Forgotten;
  const ids = (list: readonly { readonly id: string }[] | null | undefined): string[] =>
    (list ?? []).map(({ id }) => id).sort();
  return { keep: ids(group?.keep), remove: ids(group?.remove) };
}
