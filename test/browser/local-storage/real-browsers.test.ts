import { readdir } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import type { OriginStorage } from "../../../src/browser/cookie.ts";
import { type BrowserKind, createProfile } from "../../../src/browser/databases/profile.ts";
import { readLocalStorage, writeLocalStorage } from "../../../src/browser/local-storage/local-storage.ts";
import { serveOnLoopback } from "../../support/loopback-server.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { installedBrowsers, startBrowser } from "../running-browser.ts";
import { evaluateAt } from "../visit.ts";

type Items = Readonly<Record<string, string>>;

const ITEMS: Items = {
  name: "ada",
  empty: "",
  "": "without a name",
  "é\u0000ÿ": "Latin-1: \u0000\u0080ÿ",
  ключ: "文 🍪\n",
  lone: "\ud800z",
  large: "x".repeat(200_000),
  "large too": "文a".repeat(100_000),
};

describe.each(await installedBrowsers())("the localStorage of a real %s", { timeout: 120_000 }, (kind) => {
  it("is written to a fresh profile and seen, changed there and read, written to again and seen", async () => {
    await using site = await serveOnLoopback((_request, response) => response.end("<!doctype html>"));
    await using folder = await temporaryFolder();
    const profile = { kind, path: folder.at("profile") };
    await createProfile(kind, profile.path, [], [storageOf(site.url, ITEMS), storageOf(OTHER, { a: "1" })]);
    expect(await readLocalStorage(profile)).toHaveLength(2);
    expect(await visit(profile, [site.url])).toEqual([ITEMS]);

    const { name, ...others } = ITEMS;
    const changed = { ...others, added: "by the page", ключ: "new 文", empty: `${name}` };
    expect(await itemsOf(profile, site.url)).toEqual(changed);
    expect(await itemsOf(profile, OTHER)).toEqual({ a: "1" });

    const more = { added: "by us", ключ: "", another: "é", large: "y".repeat(300_000) };
    const unknown = site.url.replace("127.0.0.1", "localhost");
    await writeLocalStorage(profile, [
      storageOf(site.url, more),
      storageOf(OTHER, { b: "2" }),
      storageOf(unknown, { c: "3" }),
    ]);
    expect(await itemsOf(profile, OTHER)).toEqual({ a: "1", b: "2" });
    expect(await visit(profile, [site.url, unknown])).toEqual([{ ...changed, ...more }, { c: "3" }]);
    expect(await itemsOf(profile, OTHER)).toEqual({ a: "1", b: "2" });
    if (kind === "chromium") {
      // It has put the older log into a table of its own, compressed.
      const names = await readdir(folder.at("profile", "Default", "Local Storage", "leveldb"));
      expect(names.filter((each) => each.endsWith(".ldb"))).not.toEqual([]);
    }
    expect(await itemsOf(profile, site.url)).toMatchObject({ added: "by the page", another: "é" });
  });
});

const OTHER = "https://www.example.co.uk:8443";

/** Gives what is there, and then changes it. */
const CHANGE = `(() => {
  const items = JSON.stringify(Object.entries(localStorage));
  localStorage.setItem("empty", localStorage.getItem("name") ?? "ada");
  localStorage.removeItem("name");
  localStorage.setItem("added", "by the page");
  localStorage.setItem("ключ", "new 文");
  return items;
})()`;

async function visit(
  { kind, path }: { readonly kind: BrowserKind; readonly path: string },
  origins: readonly string[],
): Promise<Items[]> {
  await using browser = await startBrowser(kind, path);
  const found: Items[] = [];
  for (const origin of origins) {
    const text = await evaluateAt({ kind, url: browser.url }, origin, CHANGE);
    found.push(Object.fromEntries(JSON.parse(String(text)) as [string, string][]));
  }
  await browser.stop();
  return found;
}

async function itemsOf(
  profile: { readonly kind: BrowserKind; readonly path: string },
  origin: string,
): Promise<Items> {
  const found = (await readLocalStorage(profile)).filter((storage) => storage.origin === origin);
  expect(found).toHaveLength(1);
  return Object.fromEntries(found.flatMap(({ items }) => items.map(({ name, value }) => [name, value])));
}

function storageOf(origin: string, items: Items): OriginStorage {
  return { origin, items: Object.entries(items).map(([name, value]) => ({ name, value })) };
}
