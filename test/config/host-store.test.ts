import { describe, expect, test } from "vitest";
import { storeOfHost } from "../../src/config/host-store.ts";

const SPACE = { SPACE_ID: "alice/chat", SPACE_AUTHOR_NAME: "alice", SPACE_REPO_NAME: "chat" };

describe("the store that a host offers", () => {
  test.each([
    ["nothing", {}, null],
    ["a token alone", { HF_TOKEN: "hf_x" }, null],
    ["a Space without a token", SPACE, null],
    ["a Space with a token", { ...SPACE, HF_TOKEN: "hf_x" }, "hf://datasets/alice/chat-state"],
    [
      "a Space that says its id only",
      { SPACE_ID: "alice/chat", HF_TOKEN: "hf_x" },
      "hf://datasets/alice/chat-state",
    ],
    [
      "a dataset before the Space's own",
      { ...SPACE, HF_TOKEN: "hf_x", HF_DATASET_REPO: "bob/vault" },
      "hf://datasets/bob/vault",
    ],
    [
      "a dataset as its page is called",
      { HF_DATASET_REPO: "https://huggingface.co/datasets/bob/vault" },
      "hf://datasets/bob/vault",
    ],
  ])("%s", async (_, environment, expected) => {
    expect(await storeOfHost(environment)).toBe(expected);
  });

  test("a long name leaves room for its end", async () => {
    const environment = { SPACE_ID: `alice/${"x".repeat(96)}`, HF_TOKEN: "hf_x" };
    expect(await storeOfHost(environment)).toMatch(/^hf:\/\/datasets\/alice\/x{90}-state$/);
  });

  test("what is no name of a dataset is refused", async () => {
    await expect(storeOfHost({ HF_DATASET_REPO: "vault" })).rejects.toThrow(/HF_DATASET_REPO must be/);
  });
});
