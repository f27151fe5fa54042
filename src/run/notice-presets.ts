import { createHmac } from "node:crypto";
import { HoldfastError } from "../base/errors.ts";

/** What happened, as a stable name that scripts may branch on. */
export type NoticeEvent =
  "login-needed" | "login-dead" | "save-failing" | "restored-older" | "quarantined" | "gave-up";

/** A notice as it goes out. */
export interface NoticeContent {
  /** Name of the app, or of the place that it runs in. */
  readonly app: string;
  readonly event: NoticeEvent;
  /** One or two sentences for people. */
  readonly message: string;
  /** Name of the machine. */
  readonly host: string;
  readonly time: Date;
  /** Id of the snapshot that it is about, else `null`. */
  readonly snapshot: string | null;
}

/** One request. The address is a secret. */
export interface NoticeRequest {
  readonly address: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** How a service wants its messages. */
export interface NoticePreset {
  readonly name: string;
  /** Whether an address is one of the service itself; others need the prefix. */
  readonly isOwn: (address: URL) => boolean;
  /** @throws {HoldfastError} `CONFIG` when something is missing in the address */
  readonly request: (address: URL, notice: NoticeContent) => NoticeRequest;
  /** Whether an answer with status 200 says that it was refused all the same. */
  readonly refuses?: (answer: Readonly<Record<string, unknown>>) => boolean;
}

/** Discord cuts nothing, it refuses. */
const DISCORD_MAX = 2000;
const TELEGRAM_MAX = 4096;
const WECOM_MAX_BYTES = 2048;
const DINGTALK_MAX_BYTES = 20_000;
const NTFY_MAX_BYTES = 4096;

/** All services that are known; each names the page that says how its messages look. */
export const PRESETS: readonly NoticePreset[] = [
  {
    // https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/
    name: "slack",
    isOwn: ({ hostname }) => hostname === "hooks.slack.com",
    request: ({ href }, notice) => ({ address: href, body: { text: escapeForSlack(textOf(notice)) } }),
  },
  {
    // https://docs.discord.com/developers/resources/webhook#execute-webhook
    name: "discord",
    isOwn: ({ hostname, pathname }) =>
      /^(?:.+\.)?discord(?:app)?\.com$/.test(hostname) && pathname.startsWith("/api/"),
    request: ({ href }, notice) => ({
      address: href,
      body: { content: firstCharacters(textOf(notice), DISCORD_MAX), allowed_mentions: { parse: [] } },
    }),
  },
  {
    // https://core.telegram.org/bots/api#sendmessage
    name: "telegram",
    isOwn: ({ hostname }) => hostname === "api.telegram.org",
    request: telegramRequest,
  },
  {
    // https://docs.ntfy.sh/publish/#publish-as-json
    name: "ntfy",
    isOwn: ({ hostname }) => hostname === "ntfy.sh",
    request: ntfyRequest,
  },
  {
    // https://developer.work.weixin.qq.com/document/path/91770
    name: "wecom",
    isOwn: ({ hostname }) => hostname === "qyapi.weixin.qq.com",
    request: ({ href }, notice) => ({
      address: href,
      body: { msgtype: "text", text: { content: firstBytes(textOf(notice), WECOM_MAX_BYTES) } },
    }),
    refuses: hasErrorCode,
  },
  {
    // https://open.dingtalk.com/document/robots/custom-robot-access
    name: "dingtalk",
    isOwn: ({ hostname }) => hostname === "oapi.dingtalk.com",
    request: dingTalkRequest,
    refuses: hasErrorCode,
  },
];

/** For every other address: the fields of the notice themselves. */
export const GENERIC: NoticePreset = {
  name: "json",
  isOwn: () => true,
  request: ({ href }, notice) => ({
    address: href,
    body: { ...notice, time: notice.time.toISOString() },
  }),
};

/** What happened, for people who know the app. */
const TITLES: Readonly<Record<NoticeEvent, string>> = {
  "login-needed": "a login is needed",
  "login-dead": "logged out",
  "save-failing": "saves fail",
  "restored-older": "an older state was restored",
  quarantined: "started without the saved state",
  "gave-up": "the app does not stay up",
};

function titleOf({ app, event }: NoticeContent): string {
  return `${app}: ${TITLES[event]}`;
}

function textOf(notice: NoticeContent): string {
  const { message, host, snapshot } = notice;
  const about = snapshot === null ? "" : `, snapshot ${snapshot.slice(0, 8)}`;
  return `${titleOf(notice)}\n${message}\n(holdfast on ${host}${about})`;
}

/** `chat_id`, and if wanted `message_thread_id`, in the address; its path may end behind the token. */
function telegramRequest(address: URL, notice: NoticeContent): NoticeRequest {
  const url = new URL(address);
  const fields = Object.fromEntries(url.searchParams);
  if (!/^\/bot[^/]+(?:\/sendMessage)?\/?$/.test(url.pathname)) {
    throw badAddress("telegram", "its path is not /bot and the token of the bot");
  }
  if ((fields["chat_id"] ?? "") === "") throw badAddress("telegram", "it has no chat_id");
  url.pathname = url.pathname.replace(/\/(?:sendMessage\/?)?$|$/, "/sendMessage");
  [url.search, url.hash] = ["", ""];
  const text = firstCharacters(textOf(notice), TELEGRAM_MAX);
  return { address: url.href, body: { ...fields, text } };
}

/** JSON goes to the server itself, and names the topic, which is the end of the path. */
function ntfyRequest(address: URL, notice: NoticeContent): NoticeRequest {
  const url = new URL(address);
  const [, before = "", topic = ""] = /^(.*\/)([^/]+)\/?$/.exec(url.pathname) ?? [];
  if (topic === "") throw badAddress("ntfy", "it does not end in a topic");
  url.pathname = before;
  return {
    address: url.href,
    body: {
      topic: decodeURIComponent(topic),
      title: titleOf(notice),
      message: firstBytes(notice.message, NTFY_MAX_BYTES),
      tags: [notice.event],
    },
  };
}

/** `secret` in the address is that of a robot whose messages are signed; it is not sent. */
function dingTalkRequest(address: URL, notice: NoticeContent): NoticeRequest {
  const url = new URL(address);
  const secret = url.searchParams.get("secret");
  url.searchParams.delete("secret");
  if (secret !== null) {
    const timestamp = String(notice.time.getTime());
    url.searchParams.set("timestamp", timestamp);
    url.searchParams.set(
      "sign",
      createHmac("sha256", secret).update(`${timestamp}\n${secret}`).digest("base64"),
    );
  }
  const content = firstBytes(textOf(notice), DINGTALK_MAX_BYTES);
  return { address: url.href, body: { msgtype: "text", text: { content } } };
}

/** Both answer with 200 and say in `errcode` what is wrong. */
function hasErrorCode(answer: Readonly<Record<string, unknown>>): boolean {
  return "errcode" in answer && answer["errcode"] !== 0;
}

function escapeForSlack(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Counted as UTF-16 does: no service counts more. */
function firstCharacters(text: string, max: number): string {
  if (text.length <= max) return text;
  // Half a character is none.
  return `${text.slice(0, max - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

function firstBytes(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  const cut = Buffer.from(text).subarray(0, maxBytes - Buffer.byteLength("…"));
  // What is left of a character that was cut becomes U+FFFD.
  return `${cut.toString().replace(/\ufffd+$/, "")}…`;
}

function badAddress(preset: string, reason: string): HoldfastError {
  return new HoldfastError({
    code: "CONFIG",
    message: `the address for notices to ${preset} cannot be used: ${reason}`,
    hint: "docs/run.md shows how each address looks",
  });
}
