import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import type { Fault } from "./faults.ts";
import {
  createVault,
  type HubUnderTest,
  pushObject,
  send,
  sendCommit,
  temporaryHub,
  uploadActions,
} from "./support.ts";

const API = "/api/datasets/alice/vault";
const FILE = "/datasets/alice/vault/resolve/main/a.bin";

/** What a request to the facts of the repository meets. */
async function outcome(given: HubUnderTest, fault: Fault): Promise<unknown> {
  const rule = given.hub.faults.add({ fault, path: /\/alice\/vault$/, times: 1 });
  try {
    const answer = await send(given.hub, API, { token: given.token });
    const text = await answer.text().catch(() => "the body broke off");
    return [answer.status, answer.headers.get("ratelimit"), answer.headers.get("retry-after"), text];
  } catch (error) {
    return (error as { cause?: { code?: string } }).cause?.code;
  } finally {
    expect(rule.hits).toBe(1);
    rule.remove();
  }
}

test("answers that a Hub in trouble gives", async () => {
  await using given = await temporaryHub();
  await createVault(given);
  expect(await outcome(given, { kind: "rate-limit", waitSeconds: 7, hasRetryAfter: true })).toEqual([
    429,
    '"api";r=0;t=7',
    "7",
    expect.stringContaining("rate limited"),
  ]);
  expect(await outcome(given, { kind: "server-error" })).toMatchObject({ 0: 500 });
  expect(await outcome(given, { kind: "bad-gateway" })).toMatchObject({
    0: 502,
    3: expect.stringContaining("<html>") as unknown,
  });
  expect(await outcome(given, { kind: "commit-quota" })).toMatchObject({
    0: 429,
    3: expect.stringContaining("repository commits") as unknown,
  });
  expect(await outcome(given, { kind: "conflict" })).toMatchObject({ 0: 412 });
  expect(
    await outcome(given, { kind: "status", status: 418, headers: { "retry-after": "3" }, body: "tea" }),
  ).toEqual([418, expect.any(String), "3", "tea"]);
  expect(await outcome(given, { kind: "reset" })).toBe("ECONNRESET");
  expect(await outcome(given, { kind: "truncated" })).toMatchObject({ 0: 200, 3: "the body broke off" });
  expect(await outcome(given, { kind: "slow", delayMs: 1 })).toMatchObject({ 0: 200 });
});

test("a commit whose answer is lost was made", async () => {
  await using given = await temporaryHub();
  await createVault(given);
  given.hub.faults.add({ fault: { kind: "answer-lost" }, path: /\/commit\//, nth: 1 });
  const lost: unknown = await sendCommit(given, [["header", { summary: "lost" }]]).catch(() => "no answer");
  expect(lost).toBe("no answer");
  expect(given.hub.repo("alice/vault")?.commits()[0]?.message).toBe("lost");
  expect(given.hub.requests.at(-1)).toMatchObject({ fault: "answer-lost", status: null });
});

test("a request that hangs ends when its client gives up", async () => {
  await using given = await temporaryHub();
  given.hub.faults.add({ fault: { kind: "hang" } });
  const client = new AbortController();
  const asked = fetch(given.hub.url, { signal: client.signal }).then(
    () => "an answer",
    () => "given up",
  );
  await expect.poll(() => given.hub.requests.length).toBe(1);
  client.abort();
  expect(await asked).toBe("given up");
});

test("content arrives late, wrong, or at an address that has expired", async () => {
  await using given = await temporaryHub();
  await createVault(given);
  const bytes = randomBytes(1000);
  const oid = await pushObject(given, bytes);
  await sendCommit(given, [["lfsFile", { path: "a.bin", algo: "sha256", oid, size: bytes.length }]]);
  const locate = async (): Promise<string> =>
    (await send(given.hub, FILE, { token: given.token })).headers.get("location") ?? "";

  given.hub.faults.add({ fault: { kind: "not-yet" }, path: /\/resolve\//, nth: [1, 2] });
  for (const status of [404, 404, 302])
    expect((await send(given.hub, FILE, { token: given.token })).status).toBe(status);

  given.hub.faults.add({ fault: { kind: "expired-url" }, path: /\/resolve\//, times: 1 });
  expect((await fetch(await locate())).status).toBe(403);
  given.hub.faults.add({ fault: { kind: "expired-url" }, path: /\/batch$/, times: 1 });
  const expired = await uploadActions(given, "0".repeat(64), 10);
  expect((await fetch(expired?.upload.href ?? "", { method: "PUT", body: "0123456789" })).status).toBe(403);

  given.hub.faults.add({ fault: { kind: "corrupted" }, origin: "cdn", method: "GET", nth: 1 });
  const wrong = Buffer.from(await (await fetch(await locate())).arrayBuffer());
  expect([wrong.length, wrong.equals(bytes)]).toEqual([1000, false]);
  const right = Buffer.from(await (await fetch(await locate())).arrayBuffer());
  expect(right.equals(bytes)).toBe(true);
});

test("a branch may still mean the commit before", async () => {
  await using given = await temporaryHub();
  await createVault(given, { "a.txt": "a" });
  const [head, before] = given.hub.repo("alice/vault")?.commits() ?? [];
  given.hub.faults.add({ fault: { kind: "stale-head" }, nth: [1, 2] });
  const sha = async (path: string): Promise<unknown> =>
    ((await (await send(given.hub, path, { token: given.token })).json()) as { sha: string }).sha;
  expect(await sha(API)).toBe(before?.oid);
  expect(await sha(`${API}/revision/${head?.oid}`)).toBe(head?.oid);
  expect(await sha(API)).toBe(head?.oid);
});

test("the same seed hits the same requests", async () => {
  await using given = await temporaryHub();
  const run = async (seed: number): Promise<string> => {
    const rule = given.hub.faults.add({ fault: { kind: "server-error" }, probability: 0.3, seed });
    let statuses = "";
    for (let i = 0; i < 40; i++)
      statuses +=
        (await send(given.hub, "/api/whoami-v2", { token: given.token })).status === 500 ? "x" : ".";
    rule.remove();
    return statuses;
  };
  const first = await run(7);
  expect(first).toMatch(/x/);
  expect(first).toMatch(/\./);
  expect(await run(7)).toBe(first);
  expect(await run(8)).not.toBe(first);
});
