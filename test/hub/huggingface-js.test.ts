import { randomBytes } from "node:crypto";
import {
  commit,
  createRepo,
  deleteFiles,
  deleteRepo,
  downloadFile,
  HubApiError,
  listCommits,
  listFiles,
  pathsInfo,
  uploadFiles,
} from "@huggingface/hub";
import { expect, test } from "vitest";
import { temporaryHub } from "./support.ts";

const REPO = { type: "dataset", name: "alice/vault" } as const;
const LARGE_BYTES = 300_000;
const TEXT = "plain text\n";

/** What every call needs. */
interface Access {
  readonly hubUrl: string;
  readonly accessToken: string;
  readonly repo: typeof REPO;
}

test("the official client writes, lists, reads and deletes", async () => {
  await using given = await temporaryHub({ limits: { treePage: 2 } });
  const access: Access = { hubUrl: given.hub.url, accessToken: given.token, repo: REPO };
  const large = randomBytes(LARGE_BYTES);

  await createRepo({ ...access, visibility: "private" });
  expect(given.hub.repo("alice/vault")?.isPrivate).toBe(true);
  await uploadFiles({
    ...access,
    useXet: false,
    files: [
      { path: "index.json", content: new Blob([TEXT]) },
      { path: "packs/ab.bin", content: new Blob([large]) },
      { path: "packs/empty.bin", content: new Blob([]) },
      { path: "packs/also-binary", content: new Blob([large.subarray(0, 1000)]) },
    ],
  });
  expect(await listed(access)).toEqual([
    [".gitattributes", false],
    ["index.json", false],
    ["packs/ab.bin", true],
    ["packs/also-binary", true],
    ["packs/empty.bin", false],
  ]);
  expect(await content(access, "index.json")).toEqual(Buffer.from(TEXT));
  expect(await content(access, "packs/ab.bin")).toEqual(large);
  const pointer = await downloadFile({ ...access, path: "packs/ab.bin", raw: true });
  expect(await pointer?.text()).toMatch(/^version https:\/\/git-lfs\.github\.com\/spec\/v1\noid sha256:/);

  await deleteFiles({ ...access, paths: ["packs/ab.bin"] });
  expect(await pathsInfo({ ...access, paths: ["packs/ab.bin", "index.json"] })).toMatchObject([
    { path: "index.json", size: TEXT.length },
  ]);
  expect(await downloadFile({ ...access, path: "packs/ab.bin" })).toBeNull();
  const titles: string[] = [];
  for await (const { title } of listCommits(access)) titles.push(title);
  expect(titles).toHaveLength(3);
  await deleteRepo(access);
  expect(given.hub.repo("alice/vault")).toBeNull();
});

test("the official client sends large objects in parts", async () => {
  await using given = await temporaryHub({ limits: { multipartMinBytes: 100_000, partBytes: 64 * 1024 } });
  const access: Access = { hubUrl: given.hub.url, accessToken: given.token, repo: REPO };
  const large = randomBytes(LARGE_BYTES);
  await createRepo(access);
  await uploadFiles({ ...access, useXet: false, files: [{ path: "a.bin", content: new Blob([large]) }] });
  expect(given.hub.repo("alice/vault")?.read("a.bin")).toEqual(large);
  expect(given.hub.requests.filter(({ method }) => method === "PUT")).toHaveLength(5);
});

test("the official client sees a stale parent as 412", async () => {
  await using given = await temporaryHub();
  const access: Access = { hubUrl: given.hub.url, accessToken: given.token, repo: REPO };
  await createRepo(access);
  const parentCommit = given.hub.repo("alice/vault")?.head ?? "";
  const change = async (text: string): Promise<unknown> =>
    commit({
      ...access,
      title: text,
      parentCommit,
      useXet: false,
      operations: [{ operation: "addOrUpdate", path: "a.txt", content: new Blob([text]) }],
    });
  await change("first");
  const error: unknown = await change("second").catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(HubApiError);
  expect(error).toMatchObject({ statusCode: 412 });
  expect(given.hub.repo("alice/vault")?.read("a.txt").toString()).toBe("first");
});

async function listed(access: Access): Promise<[string, boolean][]> {
  const found: [string, boolean][] = [];
  for await (const file of listFiles({ ...access, recursive: true }))
    if (file.type === "file") found.push([file.path, file.lfs !== undefined]);
  return found.toSorted(([a], [b]) => (a < b ? -1 : 1));
}

async function content(access: Access, path: string): Promise<Buffer> {
  const blob = await downloadFile({ ...access, path, xet: false });
  return Buffer.from((await blob?.arrayBuffer()) ?? new ArrayBuffer(0));
}
