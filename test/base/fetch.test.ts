import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { expect, test } from "vitest";
import { bytesOf, namesIn } from "../../src/stores/conformance/case.ts";
import { fetchFor } from "../../src/base/fetch.ts";
import { failure } from "../stores/conformance.ts";
import { hubPlace } from "../stores/hub/hub-store.ts";

/** A proxy that lets everything through, and says where to. */
async function startProxy(targets: string[]): Promise<Server> {
  const server = createServer();
  server.on("connect", (request, client) => {
    targets.push(request.url ?? "");
    const [host = "", port] = (request.url ?? "").split(":");
    const target = connect(Number(port), host, () => {
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      target.pipe(client).pipe(target);
    });
    target.on("error", () => client.destroy());
    client.on("error", () => target.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

test("requests go through the proxy of the environment, but not to what it leaves out", async () => {
  await using place = await hubPlace();
  const targets: string[] = [];
  const proxy = await startProxy(targets);
  try {
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const store = await place.open({ fetch: await fetchFor({ HTTP_PROXY: address }) });
    await store.write([{ name: "config", bytes: bytesOf("config") }]);
    expect(await namesIn(store, "")).toEqual(["config"]);
    expect(targets).toContain(new URL(place.hub.url).host);
    targets.length = 0;
    const direct = await fetchFor({ http_proxy: address, NO_PROXY: "127.0.0.1" });
    expect(await namesIn(await place.open({ fetch: direct }), "")).toEqual(["config"]);
    expect(targets).toEqual([]);
  } finally {
    proxy.closeAllConnections();
    proxy.close();
  }
});

test("without one, Node's own fetch is used; one that is no address is not repeated", async () => {
  expect(await fetchFor({ HTTPS_PROXY: "" })).toBe(fetch);
  const { message } = await failure(fetchFor({ HTTPS_PROXY: "user:hunter2@" }), "CONFIG");
  expect(message).not.toContain("hunter2");
});
