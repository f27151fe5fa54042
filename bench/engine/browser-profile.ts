import { mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { chromium as playwright, type BrowserContext } from "playwright-core";
import { createRandom } from "../../test/support/random.ts";
import { folderSize } from "../support/folder-size.ts";

const BYTES_PER_VISIT = 1_000_000;

/** Lets Chromium write a profile of a size: a local site with a login, images, scripts, caches and databases. */
export async function makeBrowserProfile(
  executablePath: string,
  target: string,
  wantedBytes = 60_000_000,
): Promise<void> {
  const unfinished = `${target}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  const server = await serveSite();
  try {
    const url = `http://localhost:${(server.address() as AddressInfo).port}`;
    await useBrowser(executablePath, unfinished, url, wantedBytes);
    renameSync(unfinished, target);
  } finally {
    server.close();
    rmSync(unfinished, { recursive: true, force: true });
  }
}

async function useBrowser(
  executablePath: string,
  folder: string,
  url: string,
  wantedBytes: number,
): Promise<void> {
  const context = await openBrowser(executablePath, folder);
  const visitsMax = wantedBytes / BYTES_PER_VISIT;
  try {
    const page = await context.newPage();
    for (let visit = 0; visit < visitsMax && folderSize(folder).bytes < wantedBytes; visit++) {
      await page.goto(`${url}/page/${visit}`, { waitUntil: "load" });
      await page.evaluate(`fillStorage(${visit})`);
    }
  } finally {
    await context.close();
  }
}

/** Starts Chromium on a profile. */
export function openBrowser(executablePath: string, folder: string): Promise<BrowserContext> {
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return playwright.launchPersistentContext(folder, { executablePath, headless: true, args });
}

/** A site of pages (`/page/1`, `/page/2` and so on) with a cookie, images that do not compress, and scripts that do. */
export async function serveSite(): Promise<Server> {
  const page = readFileSync(join(import.meta.dirname, "page.html"));
  const server = createServer((request, response) => {
    const [, kind, number] = (request.url ?? "").split("/");
    const random = createRandom(Number(number) + (request.url?.length ?? 0) * 1000);
    response.setHeader("Cache-Control", "public, max-age=31536000");
    if (kind === "image") {
      response.setHeader("Content-Type", "image/png").end(random.bytes(400_000));
    } else if (kind === "script") {
      response.setHeader("Content-Type", "text/javascript").end(scriptText(Number(number)));
    } else {
      response.setHeader("Set-Cookie", [
        `session=${number}; Max-Age=31536000; HttpOnly`,
        `visit${number}=yes; Max-Age=31536000`,
      ]);
      response.setHeader("Content-Type", "text/html");
      response.write(page);
      response.end(`<img src="/image/${number}/shown"><script src="/script/${number}/run"></script>`);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

function scriptText(number: number): string {
  const lines = Array.from(
    { length: 4_000 },
    (_, line) => `function f${line}(a, b) { return a * ${line + number} + b - ${number}; }`,
  );
  return [...lines, "for (let i = 0; i < 100; i++) f1(i, i);"].join("\n");
}
