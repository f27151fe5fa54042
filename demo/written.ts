import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/**
 * Where Chromium keeps each part of the login, below its profile, and what can be read there then. Its texts
 * have one byte for each letter, or two.
 */
const TRACES: readonly { readonly place: string; readonly text: RegExp }[] = [
  { place: "Default/Cookies", text: /127\.0\.0\.1session/ },
  { place: "Default/Local Storage", text: /name.{0,8}ada/s },
  { place: "Default/IndexedDB", text: /a\0?d\0?a/ },
];

const LOOK_MS = 100;
const WAIT_MS = 60_000;

/**
 * Waits until the browser that runs on `profile` has written the login to it.
 *
 * @throws {Error} when it has not after a minute
 */
export async function waitUntilWritten(profile: string, signal: AbortSignal): Promise<void> {
  const untilMs = performance.now() + WAIT_MS;
  for (const { place, text } of TRACES) {
    while (!(await holds(join(profile, place), text))) {
      if (performance.now() > untilMs) throw new Error(`chromium does not write to ${place}`);
      await delay(LOOK_MS, null, { signal });
    }
  }
}

async function holds(path: string, text: RegExp): Promise<boolean> {
  try {
    return text.test(await readFile(path, "latin1"));
  } catch {
    // A folder, or not there yet: what is in it is looked at.
  }
  const names = await readdir(path, { recursive: true }).catch(() => []);
  const found = names.map(async (name) => {
    const bytes = await readFile(join(path, name), "latin1").catch(() => "");
    return text.test(bytes);
  });
  return (await Promise.all(found)).includes(true);
}
