import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Holdfast, openHoldfast } from "../../support/holdfast.ts";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder.ts";
import { ADDRESS, type HubPlace, hubPlace, REPO } from "./hub-store.ts";

const PASSWORD = "correct-horse-of-this-test";

describe("the command line with a dataset of the Hub", () => {
  let place: HubPlace;
  let folder: TemporaryFolder;
  let holdfast: Holdfast;
  /** All that the program has printed. */
  let printed = "";

  beforeAll(async () => {
    place = await hubPlace();
    folder = await temporaryFolder();
    holdfast = openHoldfast({ store: ADDRESS, password: PASSWORD, home: folder.path });
    mkdirSync(folder.at("data"));
    writeFileSync(folder.at("data", "file"), Buffer.alloc(300_000, "x"));
  });
  afterAll(async () => {
    await place[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  async function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
    const all = { HF_TOKEN: place.token, HF_ENDPOINT: place.hub.url, ...env };
    const result = await holdfast.run([...args, "--verbose"], { env: all, mayFail: true });
    const text = result.stdout.toString() + result.stderr;
    printed += text;
    return text;
  }

  test("saves, lists, restores and cleans up, in the words of a folder", async () => {
    expect(await run(["save"])).toContain(`the store is ${ADDRESS}`);
    expect(await run(["snapshots", "--usage"])).toMatch(/stored, .* still kept, .* counted by the provider/);
    await run(["restore", "--to", "to"]);
    expect(readFileSync(folder.at("to", "file"))).toHaveLength(300_000);
    expect(await run(["check", "--read-data"])).toContain("1 of 1 snapshot whole");
  });

  test("a Space that has a token keeps its state in a dataset beside it", async () => {
    const space = { HOLDFAST_STORE: "", SPACE_AUTHOR_NAME: "alice", SPACE_REPO_NAME: "chat" };
    expect(await run(["save"], space)).toContain("hf://datasets/alice/chat-state");
    expect(place.hub.repo("alice/chat-state")?.isPrivate).toBe(true);
    const named = { HOLDFAST_STORE: "", HF_DATASET_REPO: REPO };
    expect(await run(["snapshots"], named)).toContain(ADDRESS);
  });

  test("a private dataset needs no password", async () => {
    const place2 = { HOLDFAST_STORE: "hf://datasets/alice/open-door", HOLDFAST_PASSWORD: "" };
    expect(await run(["save"], place2)).toContain("no password is set");
    expect(place.hub.repo("alice/open-door")?.commits()).toHaveLength(3);
  });

  test("failures are told without secrets", async () => {
    expect(await run(["save"], { HF_TOKEN: `${place.token}x` })).toContain("does not know the token");
    expect(await run(["save"], { HF_TOKEN: `${place.token}\n${PASSWORD}` })).toContain("no token has");
    expect(await run(["save"], { HF_TOKEN: "" })).toContain("without a token");
    expect(await run(["save"], { HOLDFAST_PASSWORD: `${PASSWORD}x` })).toContain("opens no key");
    place.hub.faults.add({ fault: { kind: "status", status: 403, body: `{"error":"no"}` }, method: "POST" });
    expect(await run(["save", "--tag", "again"])).toContain("could not");
    place.hub.faults.clear();
  });

  test("neither the token nor the password is where it does not belong", () => {
    expect(printed.length).toBeGreaterThan(1000);
    for (const secret of [place.token, PASSWORD]) expect(printed.includes(secret)).toBe(false);
    expect(place.hub.requests.some(({ origin }) => origin === "cdn")).toBe(true);
    for (const { origin, path, headers } of place.hub.requests) {
      expect(path.includes(place.token) || path.includes(PASSWORD)).toBe(false);
      expect(JSON.stringify(headers).includes(PASSWORD)).toBe(false);
      if (origin === "cdn") expect(JSON.stringify(headers).includes(place.token)).toBe(false);
      else
        expect(headers.authorization === undefined || headers.authorization.startsWith("Bearer hf_")).toBe(
          true,
        );
    }
    for (const commit of place.hub.repo(REPO)?.commits() ?? [])
      expect(commit.message.includes(place.token) || commit.message.includes(PASSWORD)).toBe(false);
  });

  test("a process shows no secret in its arguments while it works", async () => {
    place.hub.faults.add({ fault: { kind: "slow", delayMs: 300 }, path: /\/tree\// });
    const env = { HF_TOKEN: place.token, HF_ENDPOINT: place.hub.url };
    const running = holdfast.start(["snapshots"], { env });
    await expect.poll(() => place.hub.requests.at(-1)?.path ?? "").toContain("/tree/");
    const shown = readFileSync(`/proc/${running.pid}/cmdline`, "utf8");
    await running.ended;
    expect(shown).toContain("snapshots");
    expect(shown.includes(place.token) || shown.includes(PASSWORD)).toBe(false);
  });
});
