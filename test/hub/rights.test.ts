import { expect, test } from "vitest";
import { createVault, type HubUnderTest, send, temporaryHub } from "./support.ts";

const INFO = "/api/datasets/alice/vault";

/** What an answer says about rights. */
async function answered(
  given: HubUnderTest,
  path: string,
  token?: string,
  method = "GET",
): Promise<{ status: number; code: string | null; message: string | null }> {
  const answer = await send(given.hub, path, { method, ...(token === undefined ? {} : { token }) });
  const { headers, status } = answer;
  return { status, code: headers.get("x-error-code"), message: headers.get("x-error-message") };
}

test("what is private looks like what is missing", async () => {
  await using given = await temporaryHub();
  await createVault(given);
  given.hub.addUser("bob");
  const bob = given.hub.addToken({ user: "bob", role: "write" });
  for (const path of [INFO, "/api/datasets/alice/missing"]) {
    const nobody = await answered(given, path);
    expect(nobody).toEqual({ status: 401, code: null, message: "Invalid username or password." });
    expect(await answered(given, path, bob)).toMatchObject({ status: 404, code: "RepoNotFound" });
  }
  expect(await answered(given, INFO, "hf_wrong")).toMatchObject({
    status: 401,
    message: "Invalid credentials in Authorization header",
  });
});

test("a public repository is read by anybody and written by its owner", async () => {
  await using given = await temporaryHub();
  await createVault(given);
  await send(given.hub, `${INFO}/settings`, {
    token: given.token,
    method: "PUT",
    body: { visibility: "public" },
  });
  given.hub.addUser("bob");
  const bob = given.hub.addToken({ user: "bob", role: "write" });
  expect((await answered(given, INFO)).status).toBe(200);
  expect((await answered(given, `${INFO}/auth-check/write`)).status).toBe(401);
  expect(await answered(given, `${INFO}/auth-check/write`, bob)).toEqual({
    status: 403,
    code: null,
    message: "You have read access but not the required permissions for this operation",
  });
});

test("a token can do what its role and its scopes say", async () => {
  await using given = await temporaryHub();
  await createVault(given);
  const { hub } = given;
  const statuses = async (token: string): Promise<number[]> => [
    (await answered(given, `${INFO}/auth-check`, token)).status,
    (await answered(given, `${INFO}/auth-check/write`, token)).status,
    (
      await send(hub, "/api/repos/create", {
        token,
        body: { type: "dataset", name: `new-${hub.requests.length}` },
      })
    ).status,
  ];
  const scoped = (name: string, ...permissions: ("repo.content.read" | "repo.write")[]): string =>
    hub.addToken({ user: "alice", role: "fineGrained", scopes: [{ name, permissions }] });
  expect(await statuses(given.token)).toEqual([200, 200, 200]);
  expect(await statuses(hub.addToken({ user: "alice", role: "read" }))).toEqual([200, 403, 403]);
  expect(await statuses(scoped("alice/vault", "repo.content.read"))).toEqual([200, 403, 403]);
  expect(await statuses(scoped("alice/vault", "repo.write"))).toEqual([200, 200, 403]);
  expect(await statuses(scoped("alice", "repo.write"))).toEqual([200, 200, 200]);
  expect(await statuses(scoped("alice/other", "repo.write"))).toEqual([404, 404, 403]);
});

test("says who a token belongs to", async () => {
  await using given = await temporaryHub();
  const answer = await send(given.hub, "/api/whoami-v2", { token: given.token });
  expect(await answer.json()).toMatchObject({
    name: "alice",
    auth: { type: "access_token", accessToken: { role: "write" } },
  });
});

test("a name in another case leads to the right one", async () => {
  await using given = await temporaryHub();
  await createVault(given);
  const answer = await send(given.hub, "/api/datasets/Alice/VAULT/tree/main?recursive=true", {
    token: given.token,
  });
  expect(answer.status).toBe(307);
  expect(answer.headers.get("location")).toBe("/api/datasets/alice/vault/tree/main?recursive=true");
});

test("buckets are made, described and removed", async () => {
  await using given = await temporaryHub();
  const { hub, token } = given;
  const path = "/api/buckets/alice/box";
  expect((await send(hub, path, { token })).status).toBe(404);
  expect((await send(hub, path, { token, body: { private: true } })).status).toBe(200);
  expect((await send(hub, path, { token, body: { private: true } })).status).toBe(409);
  expect(await (await send(hub, path, { token })).json()).toMatchObject({ id: "alice/box", private: true });
  expect((await send(hub, path)).status).toBe(401);
  expect((await send(hub, path, { token, method: "DELETE" })).status).toBe(200);
  expect((await send(hub, path, { token })).status).toBe(404);
});
