import { expect, test } from "vitest";
import { ByteBudget } from "../../src/base/byte-budget.ts";
import { createRandom, printedSeed } from "../support/random.ts";

test("no more is held than there is, except for one thing that is larger than the whole", async () => {
  const random = createRandom(printedSeed("byte budget"));
  const budget = new ByteBudget(100);
  const held = new Set<{ readonly sizeBytes: number }>();
  const order: number[] = [];
  await Promise.all(
    Array.from({ length: 200 }, async (_, number) => {
      const demand = { sizeBytes: random.between(1, number % 20 === 0 ? 300 : 60) };
      using _held = await budget.hold(demand.sizeBytes);
      order.push(number);
      held.add(demand);
      const sum = [...held].reduce((total, { sizeBytes }) => total + sizeBytes, 0);
      expect(held.size === 1 || sum <= 100).toBe(true);
      for (let turns = random.between(0, 5); turns > 0; turns--) await Promise.resolve();
      held.delete(demand);
    }),
  );
  expect(order).toEqual(Array.from({ length: 200 }, (_, number) => number));
});
