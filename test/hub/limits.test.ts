import { expect, test } from "vitest";
import { FREE_ACCOUNT } from "./limits.ts";
import { createVault, send, sendCommit, temporaryHub } from "./support.ts";

const API = "/api/datasets/alice/vault";
const START_MS = 1_800_000_000_000;

test("every answer says what is left, and one request too many is refused until the window ends", async () => {
  let nowMs = START_MS + 100_000;
  await using given = await temporaryHub({ now: () => nowMs, limits: { apiRequests: 3 } });
  await createVault(given);
  const ask = async (): Promise<unknown[]> => {
    const answer = await send(given.hub, API, { token: given.token });
    return [answer.status, answer.headers.get("ratelimit"), answer.headers.get("ratelimit-policy")];
  };
  const policy = '"fixed window";"api";q=3;w=300';
  expect(await ask()).toEqual([200, '"api";r=1;t=200', policy]);
  expect(await ask()).toEqual([200, '"api";r=0;t=200', policy]);
  expect(await ask()).toEqual([429, '"api";r=0;t=200', policy]);
  const page = await send(given.hub, "/datasets/alice/vault/resolve/main/none", { token: given.token });
  expect([page.status, page.headers.get("ratelimit")]).toEqual([
    404,
    expect.stringContaining('"resolvers";r='),
  ]);
  nowMs += 200_000;
  expect(await ask()).toEqual([200, '"api";r=2;t=300', policy]);
});

test("commits have a quota of their own, whose answer does not say when", async () => {
  let nowMs = START_MS;
  const limits = { commitsPerHour: 2, apiRequests: FREE_ACCOUNT.apiRequests };
  await using given = await temporaryHub({ now: () => nowMs, limits });
  await createVault(given);
  const commit = async (): Promise<Response> => sendCommit(given, [["header", { summary: "one more" }]]);
  expect((await commit()).status).toBe(200);
  nowMs += 1000;
  expect((await commit()).status).toBe(200);
  const refused = await commit();
  expect(refused.status).toBe(429);
  expect(refused.headers.get("ratelimit")).not.toContain("r=0;");
  expect(refused.headers.get("retry-after")).toBeNull();
  expect(await refused.json()).toEqual({
    error:
      "You have exceeded the rate limit for repository commits (2 per hour). " +
      "You can retry this action in about 1 hour.",
  });
  nowMs = START_MS + 3_600_000;
  expect((await commit()).status).toBe(200);
  expect((await commit()).status).toBe(429);
});
