import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { createVault, type HubUnderTest, pushObject, send, sendCommit, temporaryHub } from "./support.ts";

const API = "/api/datasets/alice/vault";
const PAGE = "/datasets/alice/vault";

test("a tree comes in pages", async () => {
  await using given = await temporaryHub({ limits: { treePage: 2, expandedTreePage: 3 } });
  await createVault(given, { "a.txt": "a", "d/b.txt": "b", "d/e/c.txt": "c", "z.txt": "z" });
  const all = [".gitattributes", "a.txt", "d", "d/b.txt", "d/e", "d/e/c.txt", "z.txt"];
  expect(await pages(given, `${API}/tree/main?recursive=true`)).toEqual([
    all.slice(0, 2),
    all.slice(2, 4),
    all.slice(4, 6),
    all.slice(6),
  ]);
  expect(await pages(given, `${API}/tree/main?recursive=true&expand=true`)).toEqual([
    all.slice(0, 3),
    all.slice(3, 6),
    all.slice(6),
  ]);
  expect(await pages(given, `${API}/tree/main/d`)).toEqual([["d/b.txt", "d/e"]]);
  const missing = await send(given.hub, `${API}/tree/main/none`, { token: given.token });
  expect([missing.status, missing.headers.get("x-error-code")]).toEqual([404, "EntryNotFound"]);
  const revision = await send(given.hub, `${API}/tree/none`, { token: given.token });
  expect([revision.status, revision.headers.get("x-error-code")]).toEqual([404, "RevisionNotFound"]);
});

test("paths that are missing are left out", async () => {
  await using given = await temporaryHub();
  await createVault(given, { "a.txt": "a" });
  const asked = { token: given.token, body: { paths: ["a.txt", "none", "a.txt/none"], expand: true } };
  const answer = await send(given.hub, `${API}/paths-info/main`, asked);
  expect(await answer.json()).toEqual([
    {
      type: "file",
      path: "a.txt",
      size: 1,
      oid: "2e65efe2a145dda7ee51d1741299f848e5bf752e",
      lastCommit: {
        id: given.hub.repo("alice/vault")?.head,
        title: "change",
        date: expect.any(String) as unknown,
      },
      securityFileStatus: null,
    },
  ]);
});

test("a regular file is behind a relative redirect, compressed for those who can take it", async () => {
  await using given = await temporaryHub();
  const text = "0123456789".repeat(200);
  await createVault(given, { "a #1.txt": text });
  const first = await send(given.hub, `${PAGE}/resolve/main/a%20%231.txt`, { token: given.token });
  expect(first.status).toBe(307);
  expect(first.headers.get("x-repo-commit")).toBe(given.hub.repo("alice/vault")?.head);
  const location = first.headers.get("location") ?? "";
  expect(location).toMatch(/^\/api\/resolve-cache\/datasets\/alice\/vault\/[0-9a-f]{40}\/a%20%231\.txt\?/);
  const whole = await send(given.hub, location, { token: given.token });
  expect(whole.headers.get("content-encoding")).toBe("gzip");
  expect(await whole.text()).toBe(text);
  const part = await send(given.hub, location, { token: given.token, headers: { range: "bytes=3-5" } });
  expect([part.status, part.headers.get("content-range"), await part.text()]).toEqual([
    206,
    "bytes 3-5/2000",
    "345",
  ]);
  const head = await send(given.hub, `${PAGE}/resolve/main/a%20%231.txt`, {
    token: given.token,
    method: "HEAD",
  });
  expect([head.status, head.headers.get("etag")]).toEqual([307, first.headers.get("etag")]);
});

test("an object is at the second origin, for a while, whole or in ranges", async () => {
  let nowMs = Date.now();
  await using given = await temporaryHub({ now: () => nowMs, limits: { signedUrlSeconds: 60 } });
  await createVault(given);
  const bytes = randomBytes(1000);
  const oid = await pushObject(given, bytes);
  await sendCommit(given, [["lfsFile", { path: "a.bin", algo: "sha256", oid, size: bytes.length }]]);
  const first = await send(given.hub, `${PAGE}/resolve/main/a.bin`, { token: given.token });
  expect([first.status, first.headers.get("x-linked-etag"), first.headers.get("x-linked-size")]).toEqual([
    302,
    `"${oid}"`,
    "1000",
  ]);
  const location = first.headers.get("location") ?? "";
  expect(location.startsWith(`${given.hub.cdnUrl}/`)).toBe(true);
  const get = async (headers: Record<string, string> = {}): Promise<[number, Buffer]> => {
    const answer = await fetch(location, { headers });
    return [answer.status, Buffer.from(await answer.arrayBuffer())];
  };
  expect(await get()).toEqual([200, bytes]);
  expect(await get({ range: "bytes=990-" })).toEqual([206, bytes.subarray(990)]);
  expect(await get({ range: "bytes=-10" })).toEqual([206, bytes.subarray(990)]);
  expect(await get({ range: "bytes=10-19" })).toEqual([206, bytes.subarray(10, 20)]);
  expect((await get({ range: "bytes=1000-" }))[0]).toBe(416);
  expect((await get({ authorization: `Bearer ${given.token}` }))[0]).toBe(400);
  expect((await fetch(location.replace("Expires=", "Expires=9"))).status).toBe(403);
  nowMs += 60_001;
  expect((await get())[0]).toBe(403);
});

test("an empty file has no range", async () => {
  await using given = await temporaryHub();
  await createVault(given, { "empty.txt": "" });
  const first = await send(given.hub, `${PAGE}/resolve/main/empty.txt`, { token: given.token });
  const asked = { token: given.token, headers: { range: "bytes=0-9" } };
  expect((await send(given.hub, first.headers.get("location") ?? "", asked)).status).toBe(416);
});

test("the facts of a repository", async () => {
  await using given = await temporaryHub();
  await createVault(given, { "a.txt": "a" });
  await pushObject(given, randomBytes(1000));
  const answer = await send(given.hub, API, { token: given.token });
  expect(await answer.json()).toMatchObject({
    id: "alice/vault",
    sha: given.hub.repo("alice/vault")?.head,
    private: true,
    usedStorage: 1000,
    siblings: [{ rfilename: ".gitattributes" }, { rfilename: "a.txt" }],
  });
  const few = await send(given.hub, `${API}?expand[]=sha&expand[]=private`, { token: given.token });
  expect(Object.keys((await few.json()) as object)).not.toContain("siblings");
});

/** The paths of all pages, found by `Link`. */
async function pages({ hub, token }: HubUnderTest, path: string): Promise<string[][]> {
  const found: string[][] = [];
  for (let next: string | undefined = path; next !== undefined;) {
    const answer: Response = await send(hub, next, { token });
    found.push(((await answer.json()) as { path: string }[]).map((entry) => entry.path));
    next = /^<([^>]+)>; rel="next"$/.exec(answer.headers.get("link") ?? "")?.[1];
  }
  return found;
}
