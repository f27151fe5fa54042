import { createHash, randomBytes, randomUUID } from "node:crypto";
import {
  type Answer,
  type Call,
  checkQuery,
  type Clock,
  type DriveServer,
  ranged,
  Refusal,
  startServer,
} from "./server.ts";
import { SignIn } from "./sign-in.ts";

/** How a Google Drive behaves. */
export interface GoogleDriveRules {
  /** So long after a change listings do not show it. */
  lateMs: number;
  /** Bytes that it takes in all. */
  quotaBytes: number;
  /** Folders in each other. */
  maxDepth: number;
  /** Files on a page of a listing, at most. */
  maxPage: number;
  isShared: boolean;
}

/** A file or a folder. */
export interface StoredEntry {
  readonly id: string;
  readonly name: string;
  readonly parent: string;
  readonly createdMs: number;
  /** `null` for a folder. */
  bytes: Buffer | null;
  removedMs: number | null;
}

interface Session {
  readonly replaced: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly total: number;
  parts: Buffer;
  /** The answer to the last part, which is given again to whoever asks. */
  done: Answer | null;
}

/** A stand-in for Google Drive with one account. */
export interface GoogleDriveServer extends DriveServer {
  readonly signIn: SignIn;
  readonly rules: GoogleDriveRules;
  /** All files by their paths below "My Drive"; the oldest of several with one name. */
  files(): Map<string, Buffer>;
  /** All that is there, several with one name too. */
  entries(): readonly StoredEntry[];
  /** Another program puts a file or a folder there, beside what has the name. @returns its id */
  put(parent: string, name: string, bytes: Buffer | null): string;
}

const API = "/drive/v3/files";
const FOLDER_TYPE = "application/vnd.google-apps.folder";
const ROOT = "root-of-my-drive";
const CONTENT_TYPE = "application/octet-stream";
const MAX_MULTIPART_BYTES = 5 * 1024 * 1024;
const FIELDS = "id,name,size,mimeType,createdTime,parents,sha256Checksum,shared";

/** Starts it. */
export async function startGoogleDrive(
  clock: Clock,
  given: Partial<GoogleDriveRules> = {},
): Promise<GoogleDriveServer> {
  const rules = { lateMs: 0, quotaBytes: 2 ** 40, maxDepth: 100, maxPage: 1000, isShared: false, ...given };
  const drive = new GoogleDrive(rules, new SignIn("google", clock));
  const server = await startServer((call) => drive.handle(call));
  return Object.assign(server, {
    signIn: drive.signIn,
    rules,
    files: () => drive.files(),
    entries: () => drive.living(),
    put: (parent: string, name: string, bytes: Buffer | null) =>
      drive.add({ id: drive.newId(), name, parent: parent === "root" ? ROOT : parent, bytes }).id,
  });
}

class GoogleDrive {
  readonly rules: GoogleDriveRules;
  readonly signIn: SignIn;
  readonly #entries = new Map<string, StoredEntry>();
  readonly #given = new Set<string>();
  readonly #sessions = new Map<string, Session>();

  constructor(rules: GoogleDriveRules, signIn: SignIn) {
    this.rules = rules;
    this.signIn = signIn;
  }

  handle(call: Call): Answer {
    const { method, url, headers } = call;
    if (this.signIn.isHost(url.host)) return this.signIn.handle(call);
    if (url.host !== "www.googleapis.com") throw failure(404, "noSuchHost");
    if (method === "PUT") return this.#session(call);
    if (!this.signIn.knows(headers.authorization)) throw failure(401, "authError");
    if (url.pathname === `/upload${API}` || url.pathname.startsWith(`/upload${API}/`))
      return this.#upload(call);
    if (url.pathname === `${API}/generateIds`) return this.#generate(url);
    if (url.pathname === API) return method === "GET" ? this.#list(url) : this.#makeFolder(call);
    const id = decodeURIComponent(url.pathname.slice(API.length + 1));
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.removedMs !== null) throw failure(404, "notFound");
    if (method === "DELETE") {
      checkQuery(url, []);
      this.#remove(entry);
      return { status: 204 };
    }
    if (method !== "GET") throw failure(405, "methodNotAllowed");
    if (url.searchParams.get("alt") !== "media") {
      checkQuery(url, ["fields"]);
      return { status: 200, body: this.#json(entry, url.searchParams.get("fields") ?? "") };
    }
    checkQuery(url, ["alt"]);
    if (entry.bytes === null) throw failure(403, "fileNotDownloadable");
    return ranged(entry.bytes, headers.range);
  }

  living(): StoredEntry[] {
    return [...this.#entries.values()].filter(({ removedMs }) => removedMs === null);
  }

  files(): Map<string, Buffer> {
    const found = new Map<string, StoredEntry>();
    for (const entry of this.living()) {
      if (entry.bytes === null) continue;
      const path = this.#pathOf(entry);
      const other = found.get(path);
      if (other === undefined || isOlder(entry, other)) found.set(path, entry);
    }
    return new Map([...found].map(([path, { bytes }]) => [path, bytes ?? Buffer.alloc(0)]));
  }

  newId(): string {
    const id = `1${randomBytes(12).toString("base64url")}`;
    this.#given.add(id);
    return id;
  }

  add(given: Pick<StoredEntry, "id" | "name" | "parent" | "bytes">): StoredEntry {
    const entry = { ...given, createdMs: this.signIn.clock.nowMs, removedMs: null };
    this.#entries.set(entry.id, entry);
    return entry;
  }

  #pathOf({ name, parent }: StoredEntry): string {
    const above = this.#entries.get(parent);
    return above === undefined ? name : `${this.#pathOf(above)}/${name}`;
  }

  #remove(entry: StoredEntry): void {
    entry.removedMs = this.signIn.clock.nowMs;
    for (const child of this.living()) if (child.parent === entry.id) this.#remove(child);
  }

  #json({ id, name, parent, createdMs, bytes }: StoredEntry, fields: string): unknown {
    const all: Record<string, unknown> = {
      id,
      name,
      mimeType: bytes === null ? FOLDER_TYPE : CONTENT_TYPE,
      createdTime: new Date(createdMs).toISOString(),
      parents: [parent],
      shared: this.rules.isShared,
      ...(bytes === null
        ? {}
        : { size: String(bytes.length), sha256Checksum: createHash("sha256").update(bytes).digest("hex") }),
    };
    const wanted = fields.split(",");
    if (!wanted.every((field) => FIELDS.split(",").includes(field))) throw failure(400, "invalidParameter");
    return Object.fromEntries(wanted.filter((field) => field in all).map((field) => [field, all[field]]));
  }

  #generate(url: URL): Answer {
    checkQuery(url, ["count", "space", "type"]);
    const count = Number(url.searchParams.get("count"));
    if (!(count >= 1 && count <= 1000) || url.searchParams.get("type") !== "files")
      throw failure(400, "invalid");
    return { status: 200, body: { ids: Array.from({ length: count }, () => this.newId()), space: "drive" } };
  }

  #list(url: URL): Answer {
    checkQuery(url, ["q", "fields", "pageSize", "pageToken", "spaces"]);
    const fields = /^nextPageToken,files\(([\w,]+)\)$/.exec(url.searchParams.get("fields") ?? "")?.[1];
    const asked = Number(url.searchParams.get("pageSize") ?? "100");
    if (fields === undefined || asked > 1000 || url.searchParams.get("spaces") !== "drive")
      throw failure(400, "invalidParameter");
    const fits = conditionOf(url.searchParams.get("q") ?? "");
    const found = [...this.#entries.values()].filter((entry) => this.#isListed(entry) && fits(entry));
    const page = Math.min(asked, this.rules.maxPage);
    const after = Number(url.searchParams.get("pageToken") ?? "0");
    return {
      status: 200,
      body: {
        files: found.slice(after, after + page).map((entry) => this.#json(entry, fields)),
        ...(after + page < found.length ? { nextPageToken: String(after + page) } : {}),
      },
    };
  }

  /** Neither what is new nor what is gone is known at once. */
  #isListed({ createdMs, removedMs }: StoredEntry): boolean {
    const knownMs = this.signIn.clock.nowMs - this.rules.lateMs;
    return createdMs <= knownMs && (removedMs === null || removedMs > knownMs);
  }

  #makeFolder({ method, url, headers, body }: Call): Answer {
    checkQuery(url, ["fields"]);
    if (method !== "POST" || headers["content-type"] !== "application/json") throw failure(400, "badRequest");
    const { mimeType, ...metadata } = JSON.parse(body.toString()) as Record<string, unknown>;
    if (mimeType !== FOLDER_TYPE) throw failure(400, "badRequest");
    return {
      status: 200,
      body: this.#json(this.#create(metadata, null), url.searchParams.get("fields") ?? ""),
    };
  }

  #create(
    { id, name, parents, ...rest }: Readonly<Record<string, unknown>>,
    bytes: Buffer | null,
  ): StoredEntry {
    const [parent = ""] = Array.isArray(parents) ? (parents as string[]) : [];
    if (typeof name !== "string" || Object.keys(rest).length > 0) throw failure(400, "badRequest");
    if (typeof id !== "string" || !this.#given.has(id)) throw failure(400, "invalid");
    if (this.#entries.has(id)) throw failure(409, "fileIdInUse");
    const above = this.#entries.get(parent);
    const isThere =
      parent === "root" || parent === ROOT || (above?.bytes === null && above.removedMs === null);
    if (!isThere) throw failure(404, "notFound");
    if (this.#depth(parent) > this.rules.maxDepth) throw failure(403, "myDriveHierarchyDepthLimitExceeded");
    this.#checkQuota(bytes?.length ?? 0);
    return this.add({ id, name, parent: parent === "root" ? ROOT : parent, bytes });
  }

  #depth(parent: string): number {
    const above = this.#entries.get(parent);
    return above === undefined ? 1 : 1 + this.#depth(above.parent);
  }

  #checkQuota(more: number): void {
    const used = this.living().reduce((sum, { bytes }) => sum + (bytes?.length ?? 0), 0);
    if (used + more > this.rules.quotaBytes) throw failure(403, "storageQuotaExceeded");
  }

  #upload(call: Call): Answer {
    const { method, url, headers, body } = call;
    checkQuery(url, ["uploadType", "fields"]);
    const id = url.pathname.slice(`/upload${API}`.length + 1);
    const replaced = id === "" ? null : decodeURIComponent(id);
    if (method !== (replaced === null ? "POST" : "PATCH")) throw failure(405, "methodNotAllowed");
    if (replaced !== null && this.#entries.get(replaced)?.removedMs !== null) throw failure(404, "notFound");
    if (url.searchParams.get("fields") !== FIELDS) throw failure(400, "invalidParameter");
    if (url.searchParams.get("uploadType") === "multipart") {
      if (body.length > MAX_MULTIPART_BYTES + 1024) throw failure(413, "uploadTooLarge");
      const { metadata, bytes } = parseMultipart(headers["content-type"] ?? "", body);
      return this.#keep(replaced, metadata, bytes);
    }
    const total = Number(headers["x-upload-content-length"]);
    const isRight = headers["content-type"] === "application/json; charset=UTF-8" && total > 0;
    if (url.searchParams.get("uploadType") !== "resumable" || !isRight) throw failure(400, "badRequest");
    const metadata = JSON.parse(body.toString()) as Record<string, unknown>;
    if (typeof metadata["id"] === "string" && this.#entries.has(metadata["id"]))
      throw failure(409, "fileIdInUse");
    this.#checkQuota(total);
    const key = randomUUID();
    this.#sessions.set(key, { replaced, metadata, total, parts: Buffer.alloc(0), done: null });
    const location = `https://www.googleapis.com/upload${API}?uploadType=resumable&upload_id=${key}`;
    return { status: 200, headers: { location } };
  }

  #keep(replaced: string | null, metadata: Readonly<Record<string, unknown>>, bytes: Buffer): Answer {
    const { mimeType, ...rest } = metadata;
    if (replaced === null) {
      if (mimeType !== CONTENT_TYPE) throw failure(400, "badRequest");
      return { status: 200, body: this.#json(this.#create(rest, bytes), FIELDS) };
    }
    const entry = this.#entries.get(replaced);
    if (entry === undefined || entry.removedMs !== null) throw failure(404, "notFound");
    this.#checkQuota(bytes.length - (entry.bytes?.length ?? 0));
    entry.bytes = bytes;
    return { status: 200, body: this.#json(entry, FIELDS) };
  }

  #session({ url, headers, body }: Call): Answer {
    if (headers.authorization !== undefined) throw failure(401, "authError");
    const session = this.#sessions.get(url.searchParams.get("upload_id") ?? "");
    if (session === undefined) throw failure(404, "notFound");
    const said = headers["content-range"] ?? "";
    if (said === `bytes */${session.total}` && body.length === 0) return session.done ?? resume(session);
    const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(said) ?? [];
    if (Number(last) - Number(first) + 1 !== body.length || Number(total) !== session.total)
      throw failure(400, "badRequest");
    if (Number(first) !== session.parts.length) throw failure(416, "requestedRangeNotSatisfiable");
    const isLast = Number(last) + 1 === session.total;
    if (!isLast && body.length % 262_144 !== 0) throw failure(400, "badRequest");
    session.parts = Buffer.concat([session.parts, body]);
    if (!isLast) return resume(session);
    session.done = this.#keep(session.replaced, session.metadata, session.parts);
    return session.done;
  }
}

function resume({ parts }: Session): Answer {
  return { status: 308, headers: parts.length === 0 ? {} : { range: `bytes=0-${parts.length - 1}` } };
}

/** Only what the documents of the query language have, and no more of it than is needed. */
function conditionOf(q: string): (entry: StoredEntry) => boolean {
  const terms = q.split(" and ").map((term) => term.trim());
  if (!terms.includes("trashed = false")) throw failure(400, "invalid");
  const conditions = terms.map((term): ((entry: StoredEntry) => boolean) => {
    if (term === "trashed = false") return () => true;
    if (term === `mimeType = '${FOLDER_TYPE}'`) return ({ bytes }) => bytes === null;
    if (term === `mimeType != '${FOLDER_TYPE}'`) return ({ bytes }) => bytes !== null;
    const name = /^name = '([\w.-]+)'$/.exec(term)?.[1];
    // Letters count alike in searches.
    if (name !== undefined) return (entry) => entry.name.toLowerCase() === name.toLowerCase();
    const parents = /^\((.*)\)$/.exec(term)?.[1]?.split(" or ").map(parentOf);
    if (parents === undefined || parents.length > 50) throw failure(400, "invalid");
    return ({ parent }) => parents.includes(parent);
  });
  return (entry) => conditions.every((fits) => fits(entry));
}

function parentOf(term: string): string {
  const id = /^'([\w-]+)' in parents$/.exec(term)?.[1];
  if (id === undefined) throw failure(400, "invalid");
  return id === "root" ? ROOT : id;
}

function parseMultipart(
  type: string,
  body: Buffer,
): { readonly metadata: Readonly<Record<string, unknown>>; readonly bytes: Buffer } {
  const boundary = /^multipart\/related; boundary=([\w-]+)$/.exec(type)?.[1];
  if (boundary === undefined) throw failure(400, "badRequest");
  const first = Buffer.from(`--${boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n`);
  const second = Buffer.from(`\r\n--${boundary}\r\nContent-Type: ${CONTENT_TYPE}\r\n\r\n`);
  const end = Buffer.from(`\r\n--${boundary}--\r\n`);
  const middle = body.indexOf(second);
  const isRight =
    body.subarray(0, first.length).equals(first) && body.subarray(body.length - end.length).equals(end);
  if (!isRight || middle < 0) throw failure(400, "badRequest");
  return {
    metadata: JSON.parse(body.subarray(first.length, middle).toString()) as Record<string, unknown>,
    bytes: Buffer.from(body.subarray(middle + second.length, body.length - end.length)),
  };
}

function isOlder(one: StoredEntry, other: StoredEntry): boolean {
  return one.createdMs === other.createdMs ? one.id < other.id : one.createdMs < other.createdMs;
}

function failure(code: number, reason: string): Refusal {
  const message = "what a person could read";
  return new Refusal(code, { error: { code, errors: [{ domain: "global", reason, message }], message } });
}
