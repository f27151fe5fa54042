import { expect, test } from "vitest";
import { type HealthServer, serveHealth } from "../../src/run/health.ts";
import type { RunStatus } from "../../src/run/status.ts";
import { FRESH, runStatus } from "./status.ts";

const HOST = "127.0.0.1";

async function ask(server: HealthServer, path: string, method = "GET"): Promise<Response> {
  return await fetch(`http://${HOST}:${server.port}${path}`, { method });
}

test("it is healthy in every state, and ready only on the saved state in normal mode", async () => {
  let status: RunStatus = FRESH;
  await using server = await serveHealth(0, HOST, () => status);
  const ready = async (): Promise<[number, unknown]> => {
    const answer = await ask(server, "/readyz");
    expect(answer.headers.get("content-type")).toBe("application/json");
    return [answer.status, await answer.json()];
  };
  expect(await ready()).toEqual([
    503,
    { ready: false, reason: "the state is starting", state: "starting", mode: null },
  ]);
  expect((await ask(server, "/healthz")).status).toBe(200);

  status = runStatus();
  expect(await ready()).toEqual([200, { ready: true, reason: null, state: "normal", mode: "normal" }]);

  for (const [given, reason] of [
    [{ state: "login", mode: "login" }, "the state is login"],
    [{ quarantined: true }, "the store was not reached before the app started"],
    [{ handedOver: true }, "another instance has taken over"],
    [{ app: { pid: null, restarts: 0 } }, "the app does not run"],
    [{ state: "backing-off" }, "the state is backing-off"],
  ] as const) {
    status = runStatus(given);
    expect(await ready()).toMatchObject([503, { ready: false, reason }]);
    expect(await (await ask(server, "/healthz")).text()).toBe("ok\n");
  }
});

test("other paths and other methods", async () => {
  await using server = await serveHealth(0, HOST, runStatus);
  expect((await ask(server, "/healthz?from=host")).status).toBe(200);
  expect((await ask(server, "/healthz/")).status).toBe(404);
  expect((await ask(server, "/")).status).toBe(404);
  const head = await ask(server, "/metrics", "HEAD");
  expect([head.status, await head.text()]).toEqual([200, ""]);
  expect(Number(head.headers.get("content-length"))).toBeGreaterThan(1000);
  const post = await ask(server, "/readyz", "POST");
  expect([post.status, post.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
});

test("a taken port is an error that says what to do", async () => {
  await using server = await serveHealth(0, HOST, runStatus);
  await expect(serveHealth(server.port, HOST, runStatus)).rejects.toMatchObject({
    code: "CONFIG",
    message: `the health port ${server.port} of ${HOST} cannot be opened: another program listens there`,
    hint: expect.stringContaining("--health-port") as string,
  });
  await expect(serveHealth(0, "192.0.2.1", runStatus)).rejects.toMatchObject({ code: "CONFIG" });
});

test("disposing of it ends connections that are kept open, and frees the port", async () => {
  const server = await serveHealth(0, HOST, runStatus);
  const { port } = server;
  await (await ask(server, "/healthz")).text();
  await server[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await using _again = await serveHealth(port, HOST, runStatus);
});
