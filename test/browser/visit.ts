import type { BrowserKind } from "../../src/browser/databases/profile.ts";
import { connectBrowser } from "../../src/browser/live/connect.ts";
import type { Json } from "../../src/browser/live/json-socket.ts";

/** Opens a page in a running browser, and says what a script in it gives. */
export async function evaluateAt(
  browser: { readonly url: string; readonly kind: BrowserKind },
  page: string,
  expression: string,
): Promise<unknown> {
  await using connection = await connectBrowser(browser.url, { signal: AbortSignal.timeout(45_000) });
  const { socket } = connection;
  if (browser.kind === "firefox") {
    const { context } = await socket.request("browsingContext.create", { type: "tab" });
    await socket.request("browsingContext.navigate", { context, url: page, wait: "complete" });
    const answer = await socket.request("script.evaluate", {
      expression,
      target: { context },
      awaitPromise: true,
    });
    return (answer["result"] as Json)["value"];
  }
  const { targetId } = await socket.request("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await socket.request("Target.attachToTarget", { targetId, flatten: true });
  const session = String(sessionId);
  await socket.request("Page.enable", {}, session);
  const loaded = new Promise<void>((resolve) => socket.listen("Page.loadEventFired", () => resolve()));
  await socket.request("Page.navigate", { url: page }, session);
  await loaded;
  const parameters = { expression, awaitPromise: true, returnByValue: true };
  const { result } = await socket.request("Runtime.evaluate", parameters, session);
  return (result as Json)["value"];
}
