import type { OriginStorage } from "../cookie.ts";
import { unreachable, type Json, type JsonSocket } from "./json-socket.ts";
import { BLANK_PAGE, BLANK_PAGE_HEADERS, storageRefused } from "./blank-page.ts";

/** A part of a page, with the parts in it. */
interface FrameTree {
  readonly frame: { readonly securityOrigin: string };
  readonly childFrames?: readonly FrameTree[];
}

/** Kinds of targets that have localStorage; a frame of another site is a target of its own. */
const KINDS = new Set(["page", "iframe"]);
const LOAD_MS = 15_000;

/** The localStorage of every origin that is open in a page or a frame. */
export async function readCdpStorage(socket: JsonSocket): Promise<readonly OriginStorage[]> {
  const { targetInfos } = await socket.request("Target.getTargets", {});
  const found = new Map<string, OriginStorage>();
  for (const { targetId, type, url } of targetInfos as readonly {
    targetId: string;
    type: string;
    url: string;
  }[]) {
    if (!KINDS.has(type) || !/^https?:/.test(url)) continue;
    for (const storage of await readTarget(socket, targetId)) found.set(storage.origin, storage);
  }
  return [...found.values()].filter(({ items }) => items.length > 0);
}

/** Puts items into the localStorage of origins, beside what they have. */
export async function writeCdpStorage(socket: JsonSocket, storages: readonly OriginStorage[]): Promise<void> {
  const filled = storages.filter(({ items }) => items.length > 0);
  if (filled.length === 0) return;
  const { targetId } = await socket.request("Target.createTarget", { url: "about:blank", background: true });
  try {
    const { sessionId } = await socket.request("Target.attachToTarget", { targetId, flatten: true });
    const session = String(sessionId);
    answerEverything(socket, session);
    await socket.request("Network.enable", {}, session);
    // A service worker of the site would answer in our place.
    await socket.request("Network.setBypassServiceWorker", { bypass: true }, session);
    await socket.request("Page.enable", {}, session);
    await socket.request("Fetch.enable", { patterns: [{ urlPattern: "*" }] }, session);
    for (const storage of filled) await writeOrigin(socket, session, storage);
  } finally {
    await socket.request("Target.closeTarget", { targetId }).catch(() => undefined);
  }
}

async function readTarget(socket: JsonSocket, targetId: string): Promise<readonly OriginStorage[]> {
  let session: string | null = null;
  try {
    const attached = await socket.request("Target.attachToTarget", { targetId, flatten: true });
    session = String(attached["sessionId"]);
    const { frameTree } = await socket.request("Page.getFrameTree", {}, session);
    const storages: OriginStorage[] = [];
    for (const origin of originsOf(frameTree as FrameTree)) {
      const storageId = { securityOrigin: origin, isLocalStorage: true };
      const { entries } = await socket.request("DOMStorage.getDOMStorageItems", { storageId }, session);
      const items = (entries as readonly [string, string][]).map(([name, value]) => ({ name, value }));
      storages.push({ origin, items });
    }
    return storages;
  } catch (error) {
    // A page may close or go elsewhere meanwhile, or its frame be kept from storage.
    if ((error as { code?: unknown }).code === "FAILED") return [];
    throw error;
  } finally {
    if (session !== null) {
      await socket.request("Target.detachFromTarget", { sessionId: session }).catch(() => undefined);
    }
  }
}

function originsOf(tree: FrameTree): ReadonlySet<string> {
  const origins = new Set<string>();
  const add = ({ frame, childFrames }: FrameTree): void => {
    if (/^https?:/.test(frame.securityOrigin)) origins.add(frame.securityOrigin);
    for (const child of childFrames ?? []) add(child);
  };
  add(tree);
  return origins;
}

/** Answers every request of the tab with an empty page. */
function answerEverything(socket: JsonSocket, ours: string): void {
  socket.listen("Fetch.requestPaused", ({ requestId }, session) => {
    if (session !== ours) return;
    const answer = {
      requestId,
      responseCode: 200,
      responseHeaders: Object.entries(BLANK_PAGE_HEADERS).map(([name, value]) => ({ name, value })),
      body: Buffer.from(BLANK_PAGE).toString("base64"),
    };
    // When the tab has gone on, nobody waits for the answer.
    socket.request("Fetch.fulfillRequest", answer, session).catch(() => undefined);
  });
}

async function writeOrigin(
  socket: JsonSocket,
  session: string,
  { origin, items }: OriginStorage,
): Promise<void> {
  const loaded = nextLoad(socket, session);
  const { errorText } = await socket.request("Page.navigate", { url: `${origin}/` }, session);
  if (errorText !== undefined) throw storageRefused(origin);
  await loaded;
  const { frameTree } = await socket.request("Page.getFrameTree", {}, session);
  if ((frameTree as FrameTree).frame.securityOrigin !== origin) throw storageRefused(origin);
  const storageId: Json = { securityOrigin: origin, isLocalStorage: true };
  for (const { name, value } of items) {
    await socket
      .request("DOMStorage.setDOMStorageItem", { storageId, key: name, value }, session)
      .catch((error: unknown) => {
        throw (error as { code?: unknown }).code === "FAILED" ? storageRefused(origin) : error;
      });
  }
}

async function nextLoad(socket: JsonSocket, ours: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(unreachable("", "it did not open a page")), LOAD_MS);
    socket.listen("Page.loadEventFired", (_parameters, session) => {
      if (session !== ours) return;
      clearTimeout(timer);
      resolve();
    });
  });
}
