import { createHash } from "node:crypto";
import { type Hub, type HubOptions, startHub } from "./hub.ts";
import { UNCOUNTED } from "./limits.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** A Hub with the user `alice`, in a folder of its own that goes away with it. */
export interface HubUnderTest extends AsyncDisposable {
  readonly hub: Hub;
  /** Alice's, with the right to write. */
  readonly token: string;
}

/** Starts a Hub that counts no requests, unless its limits say so. */
export async function temporaryHub(options: Partial<HubOptions> = {}): Promise<HubUnderTest> {
  const folder = await temporaryFolder();
  const hub = await startHub({
    folder: folder.path,
    ...options,
    limits: { ...UNCOUNTED, ...options.limits },
  });
  hub.addUser("alice");
  const token = hub.addToken({ user: "alice", role: "write" });
  return {
    hub,
    token,
    async [Symbol.asyncDispose]() {
      await hub[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** A request to a stand-in. */
export interface Request {
  readonly token?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text and bytes as they are; anything else as JSON. */
  readonly body?: unknown;
}

/** Sends a request to a path of the Hub, or to a whole address. Redirects are not followed. */
export async function send(hub: Hub, path: string, request: Request = {}): Promise<Response> {
  const { token, method, headers = {}, body } = request;
  const isRaw = body === undefined || typeof body === "string" || body instanceof Uint8Array;
  return fetch(new URL(path, hub.url), {
    method: method ?? (body === undefined ? "GET" : "POST"),
    headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
    body: isRaw ? ((body as string | Uint8Array<ArrayBuffer> | undefined) ?? null) : JSON.stringify(body),
    redirect: "manual",
  });
}

/** An operation of a commit: `["file", { path, content }]`. */
export type Operation = readonly [
  "header" | "file" | "lfsFile" | "deletedFile" | "deletedFolder",
  Readonly<Record<string, unknown>>,
];

/** Commits to `main`; a header is added when none is given. */
export async function sendCommit(
  given: HubUnderTest,
  operations: readonly Operation[],
  token: string = given.token,
): Promise<Response> {
  const header: Operation = ["header", { summary: "change" }];
  const lines = operations.some(([key]) => key === "header") ? operations : [header, ...operations];
  return send(given.hub, "/api/datasets/alice/vault/commit/main", {
    token,
    headers: { "content-type": "application/x-ndjson" },
    body: lines.map(([key, value]) => `${JSON.stringify({ key, value })}\n`).join(""),
  });
}

/** A private dataset `alice/vault`, with some regular files of text. */
export async function createVault(
  given: HubUnderTest,
  files: Readonly<Record<string, string>> = {},
): Promise<void> {
  await send(given.hub, "/api/repos/create", {
    token: given.token,
    body: { type: "dataset", name: "vault", organization: "alice", visibility: "private" },
  });
  const operations = Object.entries(files).map(([path, content]): Operation => [
    "file",
    { path, content, encoding: "utf-8" },
  ]);
  if (operations.length > 0) await sendCommit(given, operations);
}

/** Puts an object into the LFS store of `alice/vault` as a client does, in one piece. */
export async function pushObject(given: HubUnderTest, bytes: Buffer): Promise<string> {
  const oid = createHash("sha256").update(bytes).digest("hex");
  const actions = await uploadActions(given, oid, bytes.length);
  if (actions !== null) await fetch(actions.upload.href, { method: "PUT", body: new Uint8Array(bytes) });
  return oid;
}

/** What the batch interface tells a client to do with an object; `null` for nothing. */
export async function uploadActions(
  { hub, token }: HubUnderTest,
  oid: string,
  size: number,
): Promise<{ readonly upload: { readonly href: string; readonly header: Record<string, string> } } | null> {
  const answer = await send(hub, "/datasets/alice/vault.git/info/lfs/objects/batch", {
    token,
    headers: { accept: "application/vnd.git-lfs+json", "content-type": "application/vnd.git-lfs+json" },
    body: { operation: "upload", transfers: ["basic", "multipart"], objects: [{ oid, size }] },
  });
  const { objects } = (await answer.json()) as {
    objects: { actions?: { upload: { href: string; header: Record<string, string> } } }[];
  };
  return objects[0]?.actions ?? null;
}
