import { setImmediate } from "node:timers/promises";
import { type ErrorCode, HoldfastError } from "../../src/base/errors.ts";
import { checkCancelled } from "../../src/stores/cancelled.ts";
import { checkName } from "../../src/stores/names.ts";
import type { NewFile, Store, StoredFile, WriteOptions } from "../../src/stores/store.ts";
import type { Random } from "../support/random.ts";

/**
 * What can happen to a call:
 * - `unreached`: it fails, and the store has not heard of it
 * - `answer-lost`: the store does it, and the answer is lost
 * - `torn`: a part of it is done, then it fails: the first files of a batch, the first names of a
 *   removal or a listing (a store whose batches are atomic does none of a batch)
 * - `twice`: the request arrives twice, one after the other; the first answer counts
 * - `slow`: it takes a while, so that later calls overtake it
 */
export type Fault = "unreached" | "answer-lost" | "torn" | "twice" | "slow";

export type Call = "list" | "read" | "write" | "remove";

/** A fault at a certain call. */
export interface PlannedFault {
  readonly call: Call;
  /** The first call of this kind is 1. */
  readonly nth: number;
  readonly fault: Fault;
  /** `STORE_UNREACHABLE` when left out. */
  readonly code?: ErrorCode;
}

export interface FaultOptions {
  readonly random: Random;
  /** How likely each call has a fault; 0 when left out, so that only the plan counts. */
  readonly probability?: number;
  readonly plan?: readonly PlannedFault[];
  /** A torn write of a store that is not atomic also leaves half of a file under its final name. */
  readonly tearsBytes?: boolean;
}

export interface FaultyStore extends Store {
  /** What was done to which call, in order, for example `write 3: torn`. */
  readonly faults: readonly string[];
}

const FAULTS: readonly Fault[] = ["unreached", "answer-lost", "torn", "twice", "slow"];
const MOST_TURNS = 5;

type Damage = Omit<PlannedFault, "call" | "nth">;

/**
 * A store on a bad network. What happens follows from the random numbers, the plan and the order of
 * the calls alone. Listings come in random order.
 */
export function withFaults(inner: Store, options: FaultOptions): FaultyStore {
  const { random } = options;
  const faults: string[] = [];
  const nextDamage = createDamage(options, faults);

  const damaged = async <T>(
    call: Call,
    whole: () => Promise<T>,
    part: () => Promise<unknown>,
  ): Promise<T> => {
    const damage = nextDamage(call);
    if (damage === null) return whole();
    const { fault } = damage;
    if (fault === "unreached") throw networkError(damage);
    if (fault === "slow")
      for (let turns = random.between(1, MOST_TURNS); turns > 0; turns -= 1) await setImmediate();
    if (fault === "torn") {
      await part();
      throw networkError(damage);
    }
    const answer = await whole();
    if (fault === "answer-lost") throw networkError(damage);
    if (fault === "twice") await whole().catch(() => undefined); // nobody hears the second answer
    return answer;
  };

  return {
    url: inner.url,
    traits: inner.traits,
    history: inner.history,
    readSoon: () => inner.readSoon?.(),
    nextWriteAt: async (callOptions) => (await inner.nextWriteAt?.(callOptions)) ?? null,
    faults,

    async *list(prefix, callOptions) {
      const damage = nextDamage("list");
      if (damage?.fault === "unreached") throw networkError(damage);
      const found: StoredFile[] = [];
      for await (const file of inner.list(prefix, callOptions)) found.push(file);
      const files = shuffled(found, random);
      const isCut = damage?.fault === "torn" || damage?.fault === "answer-lost";
      for (const file of isCut ? files.slice(0, random.between(0, files.length)) : files) {
        checkCancelled(callOptions);
        yield file;
      }
      if (isCut) throw networkError(damage);
    },

    read(name, range, callOptions) {
      const read = (): Promise<Uint8Array> => inner.read(name, range, callOptions);
      return damaged("read", read, read);
    },

    async write(files, writeOptions) {
      for (const { name } of files) checkName(name); // a driver does, before the network can fail
      return damaged(
        "write",
        () => inner.write(files, writeOptions),
        () => tear(inner, files, writeOptions, options),
      );
    },

    async remove(names, callOptions) {
      for (const name of names) checkName(name);
      return damaged(
        "remove",
        () => inner.remove(names, callOptions),
        () => inner.remove(names.slice(0, random.between(0, names.length)), callOptions),
      );
    },

    close: () => inner.close(),
  };
}

function createDamage(options: FaultOptions, log: string[]): (call: Call) => Damage | null {
  const { random, probability = 0, plan = [] } = options;
  const counts: Record<Call, number> = { list: 0, read: 0, write: 0, remove: 0 };
  return (call) => {
    const nth = (counts[call] += 1);
    const planned = plan.find((entry) => entry.call === call && entry.nth === nth);
    const isHit = random.fraction() < probability;
    const fault = planned?.fault ?? (isHit ? FAULTS[random.between(0, FAULTS.length)] : undefined);
    if (fault === undefined) return null;
    log.push(`${call} ${nth}: ${fault}`);
    return { ...planned, fault };
  };
}

async function tear(
  inner: Store,
  files: readonly NewFile[],
  writeOptions: WriteOptions | undefined,
  options: FaultOptions,
): Promise<void> {
  if (inner.traits.atomicBatch) return;
  const count = options.random.between(0, files.length);
  await inner.write(files.slice(0, count), writeOptions);
  const next = files[count];
  if (options.tearsBytes !== true || next === undefined || writeOptions?.createOnly === true) return;
  const half = next.bytes.subarray(0, options.random.between(0, next.bytes.length + 1));
  await inner.write([{ name: next.name, bytes: half }], writeOptions);
}

function shuffled(files: readonly StoredFile[], random: Random): StoredFile[] {
  return files
    .map((file) => ({ file, place: random.fraction() }))
    .sort((a, b) => a.place - b.place)
    .map(({ file }) => file);
}

function networkError({ code = "STORE_UNREACHABLE" }: Damage): HoldfastError {
  return new HoldfastError({ code, message: "the network of this test has failed" });
}
