import { setTimeout as delay } from "node:timers/promises";
import { HoldfastError } from "../base/errors.ts";
import type { Fetch } from "../base/fetch.ts";
import {
  GENERIC,
  type NoticeContent,
  type NoticeEvent,
  type NoticePreset,
  PRESETS,
} from "./notice-presets.ts";

/** What there is to say. */
export interface Notice {
  readonly event: NoticeEvent;
  /** One or two sentences for people, without anything secret. */
  readonly message: string;
  /** What it is about, where the same event can be about several things: a site, for example. */
  readonly subject?: string;
  /** Id of the snapshot that it is about. */
  readonly snapshot?: string;
}

/** Tells people what they have to know. */
export interface Notifier {
  /**
   * Sends a notice to all addresses, unless the same one (event and subject) was sent within an hour.
   * Resolves when it has arrived or was given up; never rejects.
   */
  notify(notice: Notice): Promise<void>;
  /** Waits for what is on its way, and gives up what has not arrived by then; it is the end. Never rejects. */
  settle(withinMs: number): Promise<void>;
}

/** Who speaks, and what a test may hold. */
export interface NotifierOptions {
  /** Name of the app, or of the place that it runs in. */
  readonly app: string;
  /** Name of the machine. */
  readonly host: string;
  /** Aborted, nothing is sent any more. */
  readonly signal?: AbortSignal;
  /** Gets a line for each notice that did not arrive, with preset and host only. */
  readonly onFailure?: (message: string) => void;
  /** That of this environment, which may go through a proxy, when left out. */
  readonly fetch?: Fetch;
  readonly now?: () => Date;
  /** Waits between attempts. */
  readonly pause?: (delayMs: number, signal: AbortSignal) => Promise<void>;
}

const ATTEMPTS = 3;
const TIMEOUT_MS = 10_000;
const FIRST_PAUSE_MS = 1_000;
const PAUSE_FACTOR = 5;
const SAME_MS = 3600_000;
const ANSWER_MAX_BYTES = 64 * 1024;

/**
 * Prepares to send notices by POST to addresses of web hooks: Slack, Discord, Telegram, ntfy, WeCom and
 * DingTalk as those services want them, known by their hosts or by a prefix (`slack+https://…`); the fields
 * as JSON to all others. The addresses are secrets and appear in no message.
 *
 * @throws {HoldfastError} `CONFIG` for an address that cannot be used
 */
export function createNotifier(addresses: readonly string[], options: NotifierOptions): Notifier {
  const targets = addresses.map(parseTarget);
  const { now = () => new Date(), signal } = options;
  const stop = new AbortController();
  let own: Promise<Fetch> | null = null;
  // With a proxy it is loaded at the first notice, and mostly there is none.
  const ownFetch = async (): Promise<Fetch> => (await import("../base/fetch.ts")).fetchFor(process.env);
  const send: Fetch = async (url, init) => {
    return await (options.fetch ?? (await (own ??= ownFetch())))(url, init);
  };
  const ending = signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]);
  const lastMs = new Map<string, number>();
  const underway = new Set<Promise<void>>();
  return {
    async notify({ event, message, subject = "", snapshot = null }) {
      const time = now();
      const key = JSON.stringify([event, subject]);
      if (time.getTime() - (lastMs.get(key) ?? -Infinity) < SAME_MS || ending.aborted) return;
      lastMs.set(key, time.getTime());
      const content: NoticeContent = { app: options.app, event, message, host: options.host, time, snapshot };
      const sending = Promise.all(
        targets.map((target) => deliver(target, content, { ...options, fetch: send, signal: ending })),
      );
      const done = sending.then(() => undefined);
      underway.add(done);
      await done;
      underway.delete(done);
    },
    async settle(withinMs) {
      const patience = new AbortController();
      await Promise.race([
        Promise.all(underway),
        delay(withinMs, undefined, { signal: patience.signal }).catch(() => undefined),
      ]);
      patience.abort();
      stop.abort();
      await Promise.all(underway);
    },
  };
}

interface Target {
  readonly preset: NoticePreset;
  readonly address: URL;
  /** For the header of that name; `null` without user and password in the address. */
  readonly authorization: string | null;
}

function parseTarget(text: string): Target {
  const [, prefix, rest = ""] = /^(?:([a-z]+)\+)?(.*)$/s.exec(text.trim()) ?? [];
  const address = URL.parse(rest);
  if (address === null || !["http:", "https:"].includes(address.protocol)) {
    throw badTarget(
      "an address for notices must begin with http:// or https://, or a prefix such as slack+ before that",
    );
  }
  const named = [...PRESETS, GENERIC].find(({ name }) => name === prefix);
  if (prefix !== undefined && named === undefined) {
    throw badTarget(`notices cannot be sent to '${prefix.slice(0, 20)}'`);
  }
  const preset = named ?? PRESETS.find(({ isOwn }) => isOwn(address)) ?? GENERIC;
  const user = `${decode(address.username)}:${decode(address.password)}`;
  [address.username, address.password] = ["", ""];
  preset.request(address, SAMPLE);
  const authorization = user === ":" ? null : `Basic ${Buffer.from(user).toString("base64")}`;
  return { preset, address, authorization };
}

/** To find out before the first notice whether an address is complete. */
const SAMPLE: NoticeContent = {
  app: "",
  event: "login-needed",
  message: "",
  host: "",
  time: new Date(0),
  snapshot: null,
};

/** How an attempt went; `null` when it arrived. */
interface Failure {
  readonly reason: string;
  readonly isFinal: boolean;
}

type Delivery = Pick<NotifierOptions, "onFailure" | "pause"> & {
  readonly fetch: Fetch;
  readonly signal: AbortSignal;
};

async function deliver(
  target: Target,
  content: NoticeContent,
  { fetch, signal, onFailure, pause = waitFor }: Delivery,
): Promise<void> {
  let failure: Failure | null = null;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    failure = await attemptOnce(target, content, { fetch, signal });
    if (failure === null) return;
    if (failure.isFinal || attempt === ATTEMPTS - 1 || signal.aborted) break;
    await pause(FIRST_PAUSE_MS * PAUSE_FACTOR ** attempt, signal);
    if (signal.aborted) break;
  }
  const { preset, address } = target;
  onFailure?.(
    `the notice '${content.event}' did not reach ${preset.name} at ${address.host}: ${failure?.reason ?? "stopped"}`,
  );
}

async function attemptOnce(
  { preset, address, authorization }: Target,
  content: NoticeContent,
  { fetch, signal }: Delivery,
): Promise<Failure | null> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const request = preset.request(address, content);
    const response = await fetch(request.address, {
      method: "POST",
      headers: { "content-type": "application/json", ...(authorization !== null && { authorization }) },
      body: JSON.stringify(request.body),
      // The address of a hook is for its host only.
      redirect: "manual",
      signal: AbortSignal.any([signal, timeout]),
    });
    const { status } = response;
    if (response.ok && (preset.refuses === undefined || !(await isRefused(response, preset)))) {
      if (preset.refuses === undefined) await response.body?.cancel();
      return null;
    }
    if (!response.ok) await response.body?.cancel();
    const isFinal = response.ok || (status < 500 && status !== 408 && status !== 429);
    return { reason: response.ok ? "it refuses the message" : `it answers with status ${status}`, isFinal };
  } catch (error) {
    return { reason: signal.aborted ? "stopped" : reasonOf(error, timeout), isFinal: false };
  }
}

async function isRefused(response: Response, { refuses }: NoticePreset): Promise<boolean> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > ANSWER_MAX_BYTES) return true;
    chunks.push(chunk);
  }
  try {
    const answer: unknown = JSON.parse(Buffer.concat(chunks).toString());
    const isObject = typeof answer === "object" && answer !== null;
    return isObject && refuses?.(answer as Readonly<Record<string, unknown>>) === true;
  } catch {
    return false; // a program that only looks like the service need not answer as it does
  }
}

/** The name of the error below that of `fetch`, such as ECONNREFUSED; texts may hold the address. */
function reasonOf(error: unknown, timeout: AbortSignal): string {
  if (timeout.aborted) return `no answer within ${TIMEOUT_MS / 1000} s`;
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const code = (cause as NodeJS.ErrnoException | null)?.code;
  return typeof code === "string" && /^[A-Z_]+$/.test(code) ? code : "no connection";
}

async function waitFor(delayMs: number, signal: AbortSignal): Promise<void> {
  await delay(delayMs, undefined, { signal, ref: false }).catch(() => undefined);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a '%' that stands for itself
  }
}

function badTarget(message: string): HoldfastError {
  const names = PRESETS.map(({ name }) => `${name}+`).join(", ");
  return new HoldfastError({
    code: "CONFIG",
    message,
    hint: `for example https://hooks.slack.com/services/…; prefixes are ${names} and json+`,
  });
}
