import { createHash, randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import {
  createVault,
  pushObject,
  send,
  sendCommit,
  temporaryHub,
  uploadActions,
  type HubUnderTest,
} from "./support.ts";

const API = "/api/datasets/alice/vault";

test("preupload decides by pattern, size and sample", async () => {
  await using given = await temporaryHub({ limits: { regularMaxBytes: 1000 } });
  await createVault(given, { ".gitignore": "*.log\n", "a.txt": "a" });
  const sample = (bytes: Buffer): string => bytes.subarray(0, 512).toString("base64");
  const answer = await send(given.hub, `${API}/preupload/main`, {
    token: given.token,
    body: {
      files: [
        { path: "a.txt", size: 3, sample: sample(Buffer.from("new")) },
        { path: "packs/a.bin", size: 3, sample: sample(Buffer.from("new")) },
        { path: "packs/empty.bin", size: 0, sample: "" },
        { path: "large.txt", size: 1001, sample: sample(Buffer.from("text")) },
        { path: "binary", size: 3, sample: sample(Buffer.from([1, 0, 2])) },
        { path: "latin", size: 3, sample: sample(Buffer.from([0x61, 0xe9, 0x61])) },
        { path: "a.log", size: 3, sample: sample(Buffer.from("log")) },
      ],
    },
  });
  const { files } = (await answer.json()) as { files: Record<string, unknown>[] };
  expect(files.map(({ path, uploadMode, shouldIgnore }) => [path, uploadMode, shouldIgnore])).toEqual([
    ["a.txt", "regular", false],
    ["packs/a.bin", "lfs", false],
    ["packs/empty.bin", "regular", false],
    ["large.txt", "lfs", false],
    ["binary", "lfs", false],
    ["latin", "lfs", false],
    ["a.log", "regular", true],
  ]);
  expect(files[0]?.["oid"]).toBe("2e65efe2a145dda7ee51d1741299f848e5bf752e");
  expect(files[1]?.["oid"]).toBeNull();
});

test("a commit changes all or nothing", async () => {
  await using given = await temporaryHub();
  await createVault(given, { "a.txt": "a", "d/b.txt": "b", "d/c.txt": "c" });
  const head = given.hub.repo("alice/vault")?.head;
  const missing = "0".repeat(64);
  const refused = [
    await sendCommit(given, [
      ["file", { path: "new.txt", content: "x" }],
      ["lfsFile", { path: "a.bin", algo: "sha256", oid: missing, size: 1 }],
    ]),
    await sendCommit(given, [["deletedFile", { path: "none" }]]),
    await sendCommit(given, [["file", { path: "../x", content: "x" }]]),
    await sendCommit(given, [["file", { path: "x", content: "AAAA", encoding: "base64" }]]),
    await sendCommit(given, [["header", { summary: "stale", parentCommit: missing.slice(0, 40) }]]),
  ];
  expect(await Promise.all(refused.map(async (answer) => [answer.status, await errorOf(answer)]))).toEqual([
    [400, "LFS pointer pointed to a file that does not exist"],
    [404, "A file with this name doesn't exist"],
    [422, "Invalid path: ../x"],
    [400, "Your push was rejected because it contains binary files."],
    [412, "The branch was updated since you opened this page. Please refresh and try again."],
  ]);
  expect(given.hub.repo("alice/vault")?.head).toBe(head);

  const done = await sendCommit(given, [
    ["header", { summary: "title", description: "more", parentCommit: head }],
    ["deletedFolder", { path: "d/" }],
    ["deletedFile", { path: "a.txt" }],
    ["file", { path: "e/f/g.txt", content: "Zw==", encoding: "base64" }],
  ]);
  const repo = given.hub.repo("alice/vault");
  expect(await done.json()).toMatchObject({ success: true, commitOid: repo?.head });
  expect(repo?.files().map(({ path }) => path)).toEqual([".gitattributes", "e/f/g.txt"]);
  expect(repo?.read("e/f/g.txt").toString()).toBe("g");
  expect(repo?.commits()[0]).toMatchObject({ parent: head, message: "title\n\nmore", author: "alice" });
});

test("a commit may be one object", async () => {
  await using given = await temporaryHub();
  await createVault(given, { "a.txt": "a" });
  const answer = await send(given.hub, `${API}/commit/main`, {
    token: given.token,
    headers: { "content-type": "application/json" },
    body: {
      summary: "json",
      files: [{ path: "b.txt", content: "b" }],
      lfsFiles: [],
      deletedFiles: [{ path: "a.txt" }],
    },
  });
  expect(answer.status).toBe(200);
  const paths = given.hub
    .repo("alice/vault")
    ?.files()
    .map(({ path }) => path);
  expect(paths).toEqual([".gitattributes", "b.txt"]);
});

test("objects are checked when they arrive, and asked for only once", async () => {
  await using given = await temporaryHub();
  await createVault(given);
  const bytes = randomBytes(100);
  const oid = createHash("sha256").update(bytes).digest("hex");
  const href = (await uploadActions(given, oid, bytes.length))?.upload.href ?? "";
  const put = async (body: Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): Promise<number> =>
    (await fetch(href, { method: "PUT", body, headers })).status;
  expect(await put(new Uint8Array(100))).toBe(400);
  expect(await put(new Uint8Array(0))).toBe(501);
  expect(await put(new Uint8Array(bytes), { authorization: `Bearer ${given.token}` })).toBe(400);
  expect(await uploadActions(given, oid, bytes.length)).not.toBeNull();
  expect(await put(new Uint8Array(bytes))).toBe(200);
  expect(await uploadActions(given, oid, bytes.length)).toBeNull();
  const verify = async (size: number): Promise<number> =>
    (
      await send(given.hub, "/datasets/alice/vault.git/info/lfs/verify", {
        token: given.token,
        body: { oid, size },
      })
    ).status;
  expect([await verify(100), await verify(99)]).toEqual([200, 422]);
});

test("a history becomes one commit, and objects that nothing needs can be deleted", async () => {
  await using given = await temporaryHub({ limits: { lfsFilesPage: 1 } });
  await createVault(given);
  const [old, kept] = [randomBytes(100), randomBytes(200)];
  for (const bytes of [old, kept]) {
    const oid = await pushObject(given, bytes);
    await sendCommit(given, [["lfsFile", { path: "a.bin", algo: "sha256", oid, size: bytes.length }]]);
  }
  const squash = await send(given.hub, `${API}/super-squash/main`, {
    token: given.token,
    body: { message: "one" },
  });
  const repo = given.hub.repo("alice/vault");
  expect([squash.status, repo?.commits().map(({ message }) => message)]).toEqual([200, ["one"]]);
  expect(repo?.lfsObjects()).toHaveLength(2);
  const head = repo?.head;

  const first = await send(given.hub, `${API}/lfs-files`, { token: given.token });
  expect(first.headers.get("link")).toContain('rel="next"');
  const dead = createHash("sha256").update(old).digest("hex");
  const purged = await send(given.hub, `${API}/lfs-files/batch`, {
    token: given.token,
    body: { deletions: { sha: [dead], rewriteHistory: true } },
  });
  expect(purged.status).toBe(200);
  expect(repo?.lfsObjects().map(({ sizeBytes }) => sizeBytes)).toEqual([200]);
  expect(repo?.head).not.toBe(head);
  expect(repo?.read("a.bin")).toEqual(kept);
});

test("deleting an object that is in use takes its pointer out of every commit", async () => {
  await using given = await temporaryHub();
  await createVault(given, { "a.txt": "a" });
  const oid = await pushObject(given, randomBytes(100));
  await sendCommit(given, [["lfsFile", { path: "d/a.bin", algo: "sha256", oid, size: 100 }]]);
  await sendCommit(given, [["file", { path: "b.txt", content: "b" }]]);
  const before = given.hub.repo("alice/vault")?.commits() ?? [];
  await send(given.hub, `${API}/lfs-files/${oid}?rewriteHistory=true`, {
    token: given.token,
    method: "DELETE",
  });
  const after = given.hub.repo("alice/vault")?.commits() ?? [];
  expect(after.map(({ message }) => message)).toEqual(before.map(({ message }) => message));
  expect(after.filter(({ oid: name }) => before.some((commit) => commit.oid === name))).toEqual([]);
  const paths = given.hub
    .repo("alice/vault")
    ?.files()
    .map(({ path }) => path);
  expect(paths).toEqual([".gitattributes", "a.txt", "b.txt"]);
});

test("commits come in pages, with their number", async () => {
  await using given = await temporaryHub();
  await createVault(given, { "a.txt": "a" });
  for (const title of ["two", "three"]) await sendCommit(given, [["header", { summary: title }]]);
  const answer = await send(given.hub, `${API}/commits/main?limit=1`, { token: given.token });
  expect(answer.headers.get("x-total-count")).toBe("4");
  expect(answer.headers.get("link")).toContain("limit=1&cursor=");
  expect(await answer.json()).toMatchObject([{ title: "three", id: given.hub.repo("alice/vault")?.head }]);
});

test("branches and tags are made once and removed", async () => {
  await using given = await temporaryHub();
  await createVault(given);
  const statuses = async (path: string, body: unknown, gone: string): Promise<number[]> => {
    const make = { token: given.token, body };
    const remove = { token: given.token, method: "DELETE" };
    return [
      (await send(given.hub, `${API}/${path}`, make)).status,
      (await send(given.hub, `${API}/${path}`, make)).status,
      await countRefs(given),
      (await send(given.hub, `${API}/${gone}`, remove)).status,
      (await send(given.hub, `${API}/${gone}`, remove)).status,
    ];
  };
  expect(await statuses("branch/side", { startingPoint: "main" }, "branch/side")).toEqual([
    200, 409, 2, 200, 404,
  ]);
  expect(await statuses("tag/main", { tag: "v1" }, "tag/v1")).toEqual([200, 409, 2, 200, 404]);
});

async function countRefs({ hub, token }: HubUnderTest): Promise<number> {
  const answer = await send(hub, `${API}/refs`, { token });
  const { branches, tags } = (await answer.json()) as { branches: unknown[]; tags: unknown[] };
  return branches.length + tags.length;
}

async function errorOf(answer: Response): Promise<string> {
  return ((await answer.json()) as { error: string }).error;
}
