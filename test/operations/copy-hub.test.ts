import { expect, test } from "vitest";
import { check } from "../../src/operations/check.ts";
import { copy } from "../../src/operations/copy.ts";
import { save } from "../../src/operations/save.ts";
import { openMemoryStore } from "../../src/stores/memory.ts";
import { temporaryHub } from "../hub/support.ts";
import { createRandom } from "../support/random.ts";
import { openTestState } from "./state.ts";

const SAVES = 4;
const VAULT = "hf://datasets/alice/vault";

test("a repository goes to the Hub in few commits, and comes back the same", async () => {
  await using place = await temporaryHub();
  await using state = await openTestState();
  const random = createRandom(7);
  for (let number = 1; number <= SAVES; number += 1) {
    await state.write(`file-${number}`, random.bytes(200_000));
    await save({ ...state.access, ...state.request });
  }
  const credentials = { hub: { token: place.token, endpoint: place.hub.url } };
  const there = { store: VAULT, credentials };
  const first = await copy({ from: state.access, to: there, verify: true });
  expect(first).toMatchObject({ created: true, copied: { snapshots: SAVES }, to: VAULT });
  // Keys and config, packs, indexes, snapshots; and what made the dataset.
  expect(await commitsOf(place)).toBeLessThanOrEqual(6);
  expect(await copy({ from: state.access, to: there })).toMatchObject({ copied: { files: 0 } });
  expect(await commitsOf(place)).toBeLessThanOrEqual(6);

  const back = openMemoryStore();
  const { password } = state.access;
  await copy({ from: { ...there, password }, to: { store: back } });
  const { errors, whole } = await check({ store: back, password, readData: true });
  expect({ errors, whole: whole.length }).toEqual({ errors: [], whole: SAVES });
});

async function commitsOf({
  hub,
  token,
}: {
  readonly hub: { readonly url: string };
  readonly token: string;
}): Promise<number> {
  const answer = await fetch(`${hub.url}/api/datasets/alice/vault/commits/main`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return ((await answer.json()) as unknown[]).length;
}
