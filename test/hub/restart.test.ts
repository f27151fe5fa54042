import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { type Hub, startHub } from "./hub.ts";
import { createVault, pushObject, send, sendCommit } from "./support.ts";

test("what it keeps survives its restart", async () => {
  await using folder = await temporaryFolder();
  const bytes = randomBytes(1000);
  const pending = randomBytes(500);
  let before: unknown;
  let token = "";
  {
    await using hub = await startHub({ folder: folder.path });
    hub.addUser("alice");
    token = hub.addToken({ user: "alice", role: "write" });
    const given = { hub, token, [Symbol.asyncDispose]: async () => {} };
    await createVault(given, { "a.txt": "a" });
    const oid = await pushObject(given, bytes);
    await sendCommit(given, [["lfsFile", { path: "b.bin", algo: "sha256", oid, size: 1000 }]]);
    await pushObject(given, pending);
    await send(hub, "/api/buckets/alice/box", { token, body: { private: true } });
    before = stateOf(hub);
  }
  await using hub = await startHub({ folder: folder.path });
  expect(stateOf(hub)).toEqual(before);
  expect(hub.repo("ALICE/vault")?.read("b.bin")).toEqual(bytes);
  expect(hub.repo("alice/vault")?.isPrivate).toBe(true);
  expect((await send(hub, "/api/datasets/alice/vault/auth-check/write", { token })).status).toBe(200);
  expect((await send(hub, "/api/buckets/alice/box", { token })).status).toBe(200);
});

function stateOf(hub: Hub): unknown {
  const repo = hub.repo("alice/vault");
  return [repo?.commits(), repo?.files(), repo?.lfsObjects()];
}
