import { randomUUID } from "node:crypto";
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

/** How a OneDrive behaves; as strict as Microsoft's documents where left out. */
export interface OneDriveRules {
  /** Writing to a path makes the folders above it. */
  makesFolders: boolean;
  /** So many requests find a folder missing that was just made. */
  lateFolders: number;
  /** Bytes that it takes in all. */
  quotaBytes: number;
  /** Longest path. */
  maxPathLength: number;
  /** `conflictBehavior=fail` replaces all the same. */
  ignoresConflicts: boolean;
  /** Items on a page of a listing, at most. */
  maxPage: number;
}

/** A file or a folder. */
interface Entry {
  readonly id: string;
  /** With the letters that it was made with. */
  path: string;
  /** `null` for a folder. */
  bytes: Buffer | null;
  late: number;
}

interface Session {
  readonly path: string;
  readonly behaviour: string;
  parts: Buffer;
  total: number | null;
}

/** A stand-in for Microsoft Graph with one OneDrive. */
export interface OneDriveServer extends DriveServer {
  readonly signIn: SignIn;
  readonly rules: OneDriveRules;
  /** All files by their paths below the app's folder. */
  files(): Map<string, Buffer>;
  /** Somebody else puts a file there. */
  put(path: string, bytes: Buffer): void;
  share(): void;
}

const UPLOAD_HOST = "upload.example-storage.com";
const DOWNLOAD_HOST = "download.example-storage.com";
const APP_FOLDER = "/v1.0/me/drive/special/approot";
const FORBIDDEN = /["*:<>?\\|]|\.$|^~\$|^\s|\s$/;
const RESERVED = /^(?:con|prn|aux|nul|com\d|lpt\d|\.lock|desktop\.ini|forms)$|_vti_/i;

/** Starts it. */
export async function startOneDrive(
  clock: Clock,
  given: Partial<OneDriveRules> = {},
): Promise<OneDriveServer> {
  const rules: OneDriveRules = {
    makesFolders: true,
    lateFolders: 0,
    quotaBytes: 2 ** 40,
    maxPathLength: 400,
    ignoresConflicts: false,
    maxPage: 200,
    ...given,
  };
  const drive = new OneDrive(rules, new SignIn("microsoft", clock));
  const server = await startServer((call) => drive.handle(call));
  return Object.assign(server, {
    signIn: drive.signIn,
    rules,
    files: () =>
      new Map(drive.entries().flatMap(({ path, bytes }) => (bytes === null ? [] : [[path, bytes]]))),
    put: (path: string, bytes: Buffer) => void drive.store(path, bytes),
    share: () => {
      drive.isShared = true;
    },
  });
}

class OneDrive {
  readonly rules: OneDriveRules;
  readonly signIn: SignIn;
  isShared = false;
  /** By path in small letters. */
  readonly #entries = new Map<string, Entry>();
  readonly #sessions = new Map<string, Session>();
  readonly #downloads = new Map<string, Buffer>();

  constructor(rules: OneDriveRules, signIn: SignIn) {
    this.rules = rules;
    this.signIn = signIn;
  }

  entries(): Entry[] {
    return [...this.#entries.values()];
  }

  handle(call: Call): Answer {
    const { url, headers } = call;
    if (this.signIn.isHost(url.host)) return this.signIn.handle(call);
    if (url.host === UPLOAD_HOST || url.host === DOWNLOAD_HOST) {
      if (headers.authorization !== undefined) throw failure(401, "unauthenticated");
      return url.host === UPLOAD_HOST ? this.#session(call) : this.#download(call);
    }
    if (url.host !== "graph.microsoft.com") throw failure(404, "noSuchHost");
    if (!this.signIn.knows(headers.authorization)) throw failure(401, "InvalidAuthenticationToken");
    const item = /^\/v1\.0\/me\/drive\/items\/([\w-]+)$/.exec(url.pathname)?.[1];
    if (item !== undefined) return this.#byId(call, item);
    const [, path, action] = placeOf(url);
    return this.#byPath(call, path, action);
  }

  #byId({ method, url }: Call, id: string): Answer {
    checkQuery(url, []);
    if (method !== "DELETE") throw failure(405, "invalidRequest");
    const entry = this.entries().find((one) => one.id === id);
    if (entry === undefined) throw failure(404, "itemNotFound");
    const key = entry.path.toLowerCase();
    for (const other of this.#entries.keys()) {
      if (other === key || other.startsWith(`${key}/`)) this.#entries.delete(other);
    }
    return { status: 204 };
  }

  #byPath(call: Call, path: string, action: string): Answer {
    const { method, url } = call;
    switch (`${method} ${action}`) {
      case "GET ":
        checkQuery(url, ["$select"]);
        return { status: 200, body: this.#json(this.#find(path)) };
      case "GET children":
        return this.#children(url, path);
      case "POST children":
        return this.#makeFolder(call, path);
      case "GET content":
        return this.#content(path);
      case "PUT content":
        return this.#put(call, path);
      case "POST createUploadSession":
        return this.#begin(call, path);
      default:
        throw failure(405, "invalidRequest");
    }
  }

  #find(path: string): Entry {
    if (path === "") return { id: "approot", path: "", bytes: null, late: 0 };
    const entry = this.#entries.get(path.toLowerCase());
    if (entry === undefined) throw failure(404, "itemNotFound");
    if (entry.late > 0) {
      entry.late -= 1;
      throw failure(404, "itemNotFound");
    }
    return entry;
  }

  #json({ id, path, bytes }: Entry): unknown {
    const name = path.slice(path.lastIndexOf("/") + 1);
    const shared = this.isShared && path === "" ? { shared: { scope: "anonymous" } } : {};
    return bytes === null
      ? { id, name: name === "" ? "Holdfast" : name, size: 0, folder: {}, ...shared }
      : { id, name, size: bytes.length, file: { mimeType: "application/octet-stream" } };
  }

  #children(url: URL, path: string): Answer {
    checkQuery(url, ["$top", "$select", "$skiptoken"]);
    const folder = this.#find(path);
    if (folder.bytes !== null) throw failure(404, "itemNotFound");
    const prefix = path === "" ? "" : `${path.toLowerCase()}/`;
    const all = [...this.#entries]
      .filter(([key]) => key.startsWith(prefix) && !key.slice(prefix.length).includes("/"))
      .map(([, entry]) => entry);
    const page = Math.min(Number(url.searchParams.get("$top") ?? "200"), this.rules.maxPage);
    const after = Number(url.searchParams.get("$skiptoken") ?? "0");
    const next = new URL(url);
    next.searchParams.set("$skiptoken", String(after + page));
    return {
      status: 200,
      body: {
        value: all.slice(after, after + page).map((entry) => this.#json(entry)),
        ...(after + page < all.length ? { "@odata.nextLink": next.href } : {}),
      },
    };
  }

  #makeFolder({ url, headers, body }: Call, parent: string): Answer {
    checkQuery(url, []);
    if (headers["content-type"] !== "application/json") throw failure(400, "invalidRequest");
    const { name, folder, ...rest } = JSON.parse(body.toString()) as Record<string, unknown>;
    const behaviour = rest["@microsoft.graph.conflictBehavior"];
    if (typeof name !== "string" || typeof folder !== "object" || behaviour !== "fail")
      throw failure(400, "invalidRequest");
    if (this.#find(parent).bytes !== null) throw failure(404, "itemNotFound");
    const path = parent === "" ? name : `${parent}/${name}`;
    this.#checkPath(path);
    if (this.#entries.has(path.toLowerCase())) throw failure(409, "nameAlreadyExists");
    const entry = this.#add(path, null);
    entry.late = this.rules.lateFolders;
    return { status: 201, body: this.#json(entry) };
  }

  #content(path: string): Answer {
    const { bytes } = this.#find(path);
    if (bytes === null) throw failure(400, "invalidRequest");
    const key = randomUUID();
    this.#downloads.set(key, bytes);
    return { status: 302, headers: { location: `https://${DOWNLOAD_HOST}/${key}?sig=signature` } };
  }

  #download({ method, url, headers }: Call): Answer {
    const bytes = this.#downloads.get(url.pathname.slice(1));
    if (method !== "GET" || bytes === undefined || url.searchParams.get("sig") !== "signature")
      throw failure(404, "itemNotFound");
    return ranged(bytes, headers.range);
  }

  #put({ url, headers, body }: Call, path: string): Answer {
    checkQuery(url, ["@microsoft.graph.conflictBehavior"]);
    if (headers["content-type"] !== "application/octet-stream") throw failure(400, "invalidRequest");
    if (body.length > 250 * 1024 * 1024) throw failure(413, "requestTooLarge");
    return this.#keep(path, body, url.searchParams.get("@microsoft.graph.conflictBehavior") ?? "replace");
  }

  #keep(path: string, bytes: Buffer, behaviour: string): Answer {
    if (!["fail", "replace"].includes(behaviour)) throw failure(400, "invalidRequest");
    this.#checkPath(path);
    this.#checkParents(path);
    const existing = this.#entries.get(path.toLowerCase());
    if (
      existing !== undefined &&
      (existing.bytes === null || (behaviour === "fail" && !this.rules.ignoresConflicts))
    )
      throw failure(409, "nameAlreadyExists");
    const used = this.entries().reduce((sum, entry) => sum + (entry.bytes?.length ?? 0), 0);
    if (used - (existing?.bytes?.length ?? 0) + bytes.length > this.rules.quotaBytes)
      throw failure(507, "quotaLimitReached");
    const entry = this.store(path, bytes);
    return { status: existing === undefined ? 201 : 200, body: this.#json(entry) };
  }

  /** Past all rules. */
  store(path: string, bytes: Buffer): Entry {
    const parents = path.split("/").slice(0, -1);
    for (const depth of parents.keys()) {
      const parent = parents.slice(0, depth + 1).join("/");
      if (!this.#entries.has(parent.toLowerCase())) this.#add(parent, null);
    }
    const existing = this.#entries.get(path.toLowerCase());
    if (existing === undefined) return this.#add(path, bytes);
    existing.bytes = bytes;
    return existing;
  }

  #add(path: string, bytes: Buffer | null): Entry {
    const entry: Entry = { id: `01${randomUUID()}`, path, bytes, late: 0 };
    this.#entries.set(path.toLowerCase(), entry);
    return entry;
  }

  #checkParents(path: string): void {
    const parents = path.split("/").slice(0, -1);
    for (const depth of parents.keys()) {
      const parent = this.#entries.get(
        parents
          .slice(0, depth + 1)
          .join("/")
          .toLowerCase(),
      );
      if (parent === undefined && !this.rules.makesFolders) throw failure(404, "itemNotFound");
      if (parent !== undefined && parent.bytes !== null) throw failure(404, "itemNotFound");
      if (parent !== undefined && parent.late > 0) {
        parent.late -= 1;
        throw failure(404, "itemNotFound");
      }
    }
  }

  #checkPath(path: string): void {
    const segments = path.split("/");
    const isBad = segments.some(
      (one) => one === "" || one.length > 255 || FORBIDDEN.test(one) || RESERVED.test(one),
    );
    if (isBad || path.length > this.rules.maxPathLength) throw failure(400, "invalidRequest");
  }

  #begin({ url, headers, body }: Call, path: string): Answer {
    checkQuery(url, []);
    if (headers["content-type"] !== "application/json") throw failure(400, "invalidRequest");
    const { item } = JSON.parse(body.toString()) as { item: Record<string, unknown> };
    const behaviour = item["@microsoft.graph.conflictBehavior"];
    if (typeof behaviour !== "string") throw failure(400, "invalidRequest");
    this.#checkPath(path);
    this.#checkParents(path);
    const key = randomUUID();
    this.#sessions.set(key, { path, behaviour, parts: Buffer.alloc(0), total: null });
    return {
      status: 200,
      body: { uploadUrl: `https://${UPLOAD_HOST}/${key}?tempauth=signed`, expirationDateTime: "" },
    };
  }

  #session({ method, url, headers, body }: Call): Answer {
    const key = url.pathname.slice(1);
    const session = this.#sessions.get(key);
    if (session === undefined || url.searchParams.get("tempauth") !== "signed")
      throw failure(404, "itemNotFound");
    if (method === "DELETE") {
      this.#sessions.delete(key);
      return { status: 204 };
    }
    const progress = { nextExpectedRanges: [`${session.parts.length}-`], expirationDateTime: "" };
    if (method === "GET") return { status: 200, body: progress };
    const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers["content-range"] ?? "") ?? [];
    if (method !== "PUT" || Number(last) - Number(first) + 1 !== body.length)
      throw failure(400, "invalidRequest");
    if (Number(first) !== session.parts.length) throw failure(416, "invalidRange");
    const isLast = Number(last) + 1 === Number(total);
    if ((!isLast && body.length % 327_680 !== 0) || body.length >= 60 * 1024 * 1024)
      throw failure(400, "invalidRequest");
    if (session.total !== null && session.total !== Number(total)) throw failure(400, "invalidRequest");
    session.total = Number(total);
    session.parts = Buffer.concat([session.parts, body]);
    if (!isLast)
      return { status: 202, body: { nextExpectedRanges: [`${session.parts.length}-${Number(total) - 1}`] } };
    this.#sessions.delete(key);
    return this.#keep(session.path, session.parts, session.behaviour);
  }
}

/** The path that an address names, and what is to be done with it. */
function placeOf(url: URL): readonly [whole: string, path: string, action: string] {
  const path = url.pathname;
  if (path === APP_FOLDER) return [path, "", ""];
  const [, top] = /^\/v1\.0\/me\/drive\/special\/approot\/(\w+)$/.exec(path) ?? [];
  if (top !== undefined) return [path, "", top];
  const [, inside, action] =
    /^\/v1\.0\/me\/drive\/special\/approot:\/([^:]+?)(?::\/(\w+))?$/.exec(path) ?? [];
  if (inside === undefined) throw failure(404, "itemNotFound");
  return [path, inside.split("/").map(decodeURIComponent).join("/"), action ?? ""];
}

function failure(status: number, code: string): Refusal {
  return new Refusal(status, {
    error: { code, message: "what a person could read", innerError: { date: "" } },
  });
}
