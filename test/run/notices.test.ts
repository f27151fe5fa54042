import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import type { Fetch } from "../../src/base/fetch.ts";
import { createNotifier, type Notice, type NotifierOptions } from "../../src/run/notices.ts";

interface Received {
  readonly path: string;
  readonly body: unknown;
  readonly headers: IncomingHttpHeaders;
}

interface Hook extends AsyncDisposable {
  /** Without scheme. */
  readonly host: string;
  readonly received: Received[];
}

/** A web hook that gives one answer after the other, and the last one for ever. */
async function startHook(
  answers: readonly (readonly [status: number, body: string])[] = [[200, "ok"]],
): Promise<Hook> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
      received.push({ path: `${request.method} ${request.url}`, body, headers: request.headers });
      const [status, text] = answers[Math.min(received.length, answers.length) - 1] ?? [200, ""];
      response.writeHead(status, { location: "/elsewhere" }).end(text);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const TIME = new Date("2026-03-04T05:06:07.000Z");
const NOTICE: Notice = {
  event: "login-dead",
  message: "example.com <logged out> & gone",
  snapshot: "12ab".repeat(16),
};
const TITLE = "ada/app: logged out";
const TEXT = `${TITLE}\nexample.com <logged out> & gone\n(holdfast on space-1, snapshot 12ab12ab)`;

function options(given: Partial<NotifierOptions> = {}): NotifierOptions {
  return { app: "ada/app", host: "space-1", fetch, now: () => TIME, pause: async () => {}, ...given };
}

const SIGNED = createHmac("sha256", "SEC1").update(`${TIME.getTime()}\nSEC1`).digest("base64");

test.each<[prefix: string, path: string, asked: string, body: unknown]>([
  [
    "slack",
    "/services/T/B/secret",
    "/services/T/B/secret",
    { text: TEXT.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") },
  ],
  [
    "discord",
    "/api/webhooks/1/secret",
    "/api/webhooks/1/secret",
    { content: TEXT, allowed_mentions: { parse: [] } },
  ],
  [
    "telegram",
    "/bot1:secret/sendMessage?chat_id=-42",
    "/bot1:secret/sendMessage",
    { chat_id: "-42", text: TEXT },
  ],
  [
    "telegram",
    "/bot1:secret?chat_id=@a&message_thread_id=7",
    "/bot1:secret/sendMessage",
    { chat_id: "@a", message_thread_id: "7", text: TEXT },
  ],
  [
    "ntfy",
    "/below/my%20topic",
    "/below/",
    { topic: "my topic", title: TITLE, message: NOTICE.message, tags: ["login-dead"] },
  ],
  [
    "wecom",
    "/cgi-bin/webhook/send?key=secret",
    "/cgi-bin/webhook/send?key=secret",
    { msgtype: "text", text: { content: TEXT } },
  ],
  [
    "dingtalk",
    "/robot/send?access_token=secret",
    "/robot/send?access_token=secret",
    { msgtype: "text", text: { content: TEXT } },
  ],
  [
    "dingtalk",
    "/robot/send?access_token=secret&secret=SEC1",
    `/robot/send?access_token=secret&timestamp=${TIME.getTime()}&sign=${encodeURIComponent(SIGNED)}`,
    { msgtype: "text", text: { content: TEXT } },
  ],
  [
    "json",
    "/hook",
    "/hook",
    {
      app: "ada/app",
      event: "login-dead",
      message: NOTICE.message,
      host: "space-1",
      time: "2026-03-04T05:06:07.000Z",
      snapshot: NOTICE.snapshot,
    },
  ],
])("%s+…%s gets what it understands", async (prefix, path, asked, body) => {
  await using hook = await startHook([[200, '{"errcode":0,"errmsg":"ok"}']]);
  const failures: string[] = [];
  const notifier = createNotifier(
    [`${prefix}+http://${hook.host}${path}`],
    options({ onFailure: (line) => failures.push(line) }),
  );
  await notifier.notify(NOTICE);
  expect(hook.received.map((each) => [each.path, each.body])).toEqual([[`POST ${asked}`, body]]);
  expect(hook.received[0]?.headers["content-type"]).toBe("application/json");
  expect(failures).toEqual([]);
});

test.each([
  ["https://hooks.slack.com/services/T/B/x", "text"],
  ["https://discord.com/api/webhooks/1/x", "content"],
  ["https://ptb.discord.com/api/webhooks/1/x", "content"],
  ["https://api.telegram.org/bot1:x/sendMessage?chat_id=1", "chat_id"],
  ["https://ntfy.sh/topic", "topic"],
  ["https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=x", "msgtype"],
  ["https://oapi.dingtalk.com/robot/send?access_token=x", "msgtype"],
  ["https://notdiscord.com/api/webhooks/1/x", "event"],
  ["https://example.com/hooks.slack.com", "event"],
])("%s is known without a prefix", async (address, field) => {
  const bodies: string[] = [];
  const taking: Fetch = async (_, init) => {
    bodies.push(init.body as string);
    return await Promise.resolve(new Response("{}"));
  };
  await createNotifier([address], options({ fetch: taking })).notify(NOTICE);
  expect(JSON.parse(bodies[0] ?? "")).toHaveProperty(field);
});

test.each([
  "hooks.slack.com/services/hunter2",
  "ftp://example.com/hunter2",
  "teams+https://example.com/hunter2",
  "telegram+https://example.com/bot1:hunter2/sendMessage",
  "https://api.telegram.org/hunter2?chat_id=1",
  "https://ntfy.sh/",
])("%s cannot be used, and is not repeated", (address) => {
  const make = (): unknown => createNotifier([address], options());
  expect(make).toThrow(expect.objectContaining({ code: "CONFIG" }) as Error);
  expect(make).toThrow(/^(?!.*hunter2)/);
});

test("texts fit into what a service takes", async () => {
  await using hook = await startHook();
  const urls = ["discord", "wecom", "telegram"].map((name) => `${name}+http://${hook.host}/bot1?chat_id=1`);
  await createNotifier(urls, options()).notify({ ...NOTICE, message: "文😀".repeat(3000) });
  const sent = hook.received.map(({ body }) => body as Record<string, string & { content: string }>);
  const content = sent.find((body) => "allowed_mentions" in body)?.["content"] ?? "";
  expect(content.length).toBeLessThanOrEqual(2000);
  expect(content).toMatch(/^.{1300,}…$/su);
  const wecom = sent.find((body) => "msgtype" in body)?.["text"]?.content ?? "";
  expect(Buffer.byteLength(wecom)).toBeGreaterThan(2040);
  expect(Buffer.byteLength(wecom)).toBeLessThanOrEqual(2048);
  expect(wecom).not.toContain("\ufffd");
  const telegram: string = sent.find((body) => "chat_id" in body)?.["text"] ?? "";
  expect(telegram.length).toBeLessThanOrEqual(4096);
  expect(telegram).toMatch(/^.{2700,}…$/su);
});

test("what fails for the moment is tried three times, with longer and longer pauses", async () => {
  await using hook = await startHook([
    [503, ""],
    [429, ""],
    [200, ""],
  ]);
  const pauses: number[] = [];
  const failures: string[] = [];
  const pause = async (delayMs: number): Promise<void> => void pauses.push(await Promise.resolve(delayMs));
  const notifier = createNotifier(
    [`http://${hook.host}/secret`],
    options({ pause, onFailure: (line) => failures.push(line) }),
  );
  await notifier.notify(NOTICE);
  expect([hook.received.length, pauses, failures]).toEqual([3, [1_000, 5_000], []]);
});

test.each<
  [what: string, answer: readonly [number, string], prefix: string, attempts: number, reason: string]
>([
  ["fails for ever", [500, "secret"], "", 3, "it answers with status 500"],
  ["refuses", [403, "secret"], "", 1, "it answers with status 403"],
  ["sends elsewhere", [302, ""], "", 1, "it answers with status 302"],
  [
    "refuses with status 200",
    [200, '{"errcode":93000,"errmsg":"secret"}'],
    "wecom+",
    1,
    "it refuses the message",
  ],
])("a hook that %s is reported without its address", async (_, answer, prefix, attempts, reason) => {
  await using hook = await startHook([answer]);
  const failures: string[] = [];
  const address = `${prefix}http://ada:secret@${hook.host}/secret?key=secret`;
  await createNotifier([address], options({ onFailure: (line) => failures.push(line) })).notify(NOTICE);
  expect(hook.received).toHaveLength(attempts);
  expect(hook.received[0]?.headers.authorization).toBe(
    `Basic ${Buffer.from("ada:secret").toString("base64")}`,
  );
  const preset = prefix === "" ? "json" : "wecom";
  expect(failures).toEqual([`the notice 'login-dead' did not reach ${preset} at ${hook.host}: ${reason}`]);
});

test("nobody listens: said once, nothing thrown, and the other addresses get theirs", async () => {
  await using hook = await startHook();
  const failures: string[] = [];
  const urls = ["http://127.0.0.1:1/secret", `http://${hook.host}/`];
  await createNotifier(urls, options({ onFailure: (line) => failures.push(line) })).notify(NOTICE);
  expect(hook.received).toHaveLength(1);
  expect(failures).toEqual([
    expect.stringMatching(/^the notice 'login-dead' did not reach json at 127.0.0.1:1: .+/),
  ]);
  expect(failures.join("")).not.toContain("secret");
});

test("the same notice goes out once an hour", async () => {
  await using hook = await startHook();
  let timeMs = TIME.getTime();
  const notifier = createNotifier([`http://${hook.host}/`], options({ now: () => new Date(timeMs) }));
  const send = async (given: Partial<Notice> = {}): Promise<number> => {
    await notifier.notify({ ...NOTICE, ...given });
    return hook.received.length;
  };
  expect(await send()).toBe(1);
  expect(await send({ message: "for 5 minutes more" })).toBe(1);
  expect(await send({ subject: "example.org" })).toBe(2);
  expect(await send({ event: "login-needed" })).toBe(3);
  timeMs += 3600_000 - 1;
  expect(await send()).toBe(3);
  timeMs += 1;
  expect(await send()).toBe(4);
});

test("settling waits for what is on its way, and gives up at the limit", async () => {
  let open: (response: Response) => void = () => undefined;
  const slow: Fetch = async (_, { signal }) =>
    await new Promise((resolve, reject) => {
      open = resolve;
      signal?.addEventListener("abort", () => reject(new Error("aborted")));
    });
  const failures: string[] = [];
  const given = options({ fetch: slow, onFailure: (line) => failures.push(line) });
  const first = createNotifier(["http://example.com/secret"], given);
  const sending = first.notify(NOTICE);
  await Promise.resolve();
  open(new Response("ok"));
  await first.settle(60_000);
  await sending;
  expect(failures).toEqual([]);

  const second = createNotifier(["http://example.com/secret"], given);
  const lost = second.notify(NOTICE);
  await second.settle(1);
  await lost;
  expect(failures).toEqual(["the notice 'login-dead' did not reach json at example.com: stopped"]);
  await second.notify({ ...NOTICE, event: "gave-up" });
  expect(failures).toHaveLength(1);
});
