import type { OriginStorage } from "../cookie.ts";
import { openContexts } from "./bidi-sites.ts";
import { BLANK_PAGE, BLANK_PAGE_HEADERS, storageRefused } from "./blank-page.ts";
import type { Json, JsonSocket } from "./json-socket.ts";

/** Scripts run apart from those of the page, which could have changed what they call. */
const SANDBOX = "holdfast";
const READ = "() => JSON.stringify([location.origin, Object.entries(localStorage)])";
const WRITE = `(origin, text) => {
  if (location.origin !== origin) return false;
  for (const { name, value } of JSON.parse(text)) localStorage.setItem(name, value);
  return true;
}`;

/** The localStorage of every origin that is open in a page or a frame. */
export async function readBiDiStorage(socket: JsonSocket): Promise<readonly OriginStorage[]> {
  const found = new Map<string, OriginStorage>();
  for (const { context, url } of await openContexts(socket)) {
    if (!/^https?:/.test(url)) continue;
    const text = await call(socket, context, READ, []);
    // A page may close or go elsewhere meanwhile, or its frame be kept from storage.
    if (typeof text !== "string") continue;
    const [origin, entries] = JSON.parse(text) as [string, [string, string][]];
    const items = entries.map(([name, value]) => ({ name, value }));
    if (items.length > 0) found.set(origin, { origin, items });
  }
  return [...found.values()];
}

/** Puts items into the localStorage of origins, beside what they have. */
export async function writeBiDiStorage(
  socket: JsonSocket,
  storages: readonly OriginStorage[],
): Promise<void> {
  const filled = storages.filter(({ items }) => items.length > 0);
  if (filled.length === 0) return;
  const created = await socket.request("browsingContext.create", { type: "tab", background: true });
  const context = String(created["context"]);
  try {
    answerEverything(socket, context);
    const events = ["network.beforeRequestSent"];
    await socket.request("session.subscribe", { events, contexts: [context] });
    await socket.request("network.addIntercept", { phases: ["beforeRequestSent"], contexts: [context] });
    for (const storage of filled) await writeOrigin(socket, context, storage);
  } finally {
    // The intercept and the subscription end with the session.
    await socket.request("browsingContext.close", { context }).catch(() => undefined);
  }
}

/** Answers every request of the tab with an empty page. */
function answerEverything(socket: JsonSocket, ours: string): void {
  socket.listen("network.beforeRequestSent", ({ context, isBlocked, request }) => {
    if (context !== ours || isBlocked !== true) return;
    const answer = {
      request: (request as { request: string }).request,
      statusCode: 200,
      reasonPhrase: "OK",
      headers: Object.entries(BLANK_PAGE_HEADERS).map(([name, value]) => ({
        name,
        value: { type: "string", value },
      })),
      body: { type: "string", value: BLANK_PAGE },
    };
    // When the tab has gone on, nobody waits for the answer.
    socket.request("network.provideResponse", answer).catch(() => undefined);
  });
}

async function writeOrigin(
  socket: JsonSocket,
  context: string,
  { origin, items }: OriginStorage,
): Promise<void> {
  try {
    await socket.request("browsingContext.navigate", { context, url: `${origin}/`, wait: "complete" });
  } catch (error) {
    throw (error as { code?: unknown }).code === "FAILED" ? storageRefused(origin) : error;
  }
  const isDone = await call(socket, context, WRITE, [origin, JSON.stringify(items)]);
  if (isDone !== true) throw storageRefused(origin);
}

/** Calls a function in a page; `null` when it could not be called or threw. */
async function call(
  socket: JsonSocket,
  context: string,
  source: string,
  values: readonly string[],
): Promise<unknown> {
  try {
    const { type, result } = await socket.request("script.callFunction", {
      functionDeclaration: source,
      arguments: values.map((value) => ({ type: "string", value })),
      target: { context, sandbox: SANDBOX },
      awaitPromise: false,
    });
    return type === "success" ? (result as Json)["value"] : null;
  } catch (error) {
    if ((error as { code?: unknown }).code === "FAILED") return null;
    throw error;
  }
}
