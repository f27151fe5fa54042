import { type LoopbackServer, serveOnLoopback } from "../support/loopback-server.ts";

/** What the page of the app tells, once its script is done: which parts of the login are there. */
export const ALL_PARTS = "cookie session localStorage indexedDB";
/** The same after a restart that drops session cookies. */
export const LASTING_PARTS = "cookie localStorage indexedDB";

/** `/login` logs in; every page ends with the parts that it has in its title. */
const PAGE = `<!doctype html><title>wait</title><script type="module">
const login = location.pathname === "/login";
if (login) localStorage.setItem("login", "yes");
const database = await new Promise((resolve, reject) => {
  const request = indexedDB.open("app", 1);
  request.onupgradeneeded = () => request.result.createObjectStore("login");
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});
const store = database.transaction("login", login ? "readwrite" : "readonly", { durability: "strict" }).objectStore("login");
const row = await new Promise((resolve, reject) => {
  const request = login ? store.put("yes", "login") : store.get("login");
  store.transaction.oncomplete = () => resolve(request.result);
  store.transaction.onerror = () => reject(request.error);
});
const cookies = await (await fetch("/cookies")).text();
const parts = [cookies, localStorage.getItem("login") && "localStorage", row && "indexedDB"];
document.title = parts.filter(Boolean).join(" ") || "nothing";
</script>`;

/** Starts a web app on this machine that keeps a login in every place that a browser has for it. */
export function startLoginApp(): Promise<LoopbackServer> {
  return serveOnLoopback((request, response) => {
    if (request.url === "/cookies") {
      const sent = new Set((request.headers.cookie ?? "").split("; ").map((pair) => pair.split("=", 1)[0]));
      response.end(["cookie", "session"].filter((name) => sent.has(name)).join(" "));
      return;
    }
    if (request.url === "/login") {
      const lasting = "cookie=1; HttpOnly; SameSite=Lax; Path=/; Max-Age=604800";
      response.setHeader("set-cookie", [lasting, "session=1; HttpOnly; SameSite=Lax; Path=/"]);
    }
    response.setHeader("content-type", "text/html; charset=utf-8").end(PAGE);
  });
}
