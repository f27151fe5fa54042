import { LONG } from "../support/long.ts";
import { run } from "../support/run.ts";

/** Steps of the search for the least room that is enough; each halves what is in question. */
const SEARCH_STEPS = LONG ? 6 : 1;
/** Further sizes between nothing and what is enough, so that each write is once the one that fails. */
const SPREAD_STEPS = LONG ? 15 : 1;

/**
 * Tries something with too little room in many ways: around the least that is enough, and spread over
 * all that is less.
 *
 * @param mostBytes room that is certainly enough
 * @param attempt gives whether it worked with so much room
 */
export async function withTightRoom(
  mostBytes: number,
  attempt: (roomBytes: number) => Promise<boolean>,
): Promise<void> {
  let [tooLittle, enough] = [0, mostBytes];
  for (let step = 0; step < SEARCH_STEPS; step++) {
    const middle = Math.floor((tooLittle + enough) / 2);
    if (await attempt(middle)) enough = middle;
    else tooLittle = middle;
  }
  for (let step = 0; step < SPREAD_STEPS; step++)
    await attempt(Math.floor((tooLittle * step) / SPREAD_STEPS));
}

/** How many bytes of a file system are in use. */
export async function usedBytesOf(mountPoint: string): Promise<number> {
  const { stdout } = await run("df", ["--output=used", "--block-size=1", mountPoint]);
  return Number(stdout.toString().trim().split("\n").at(-1));
}
