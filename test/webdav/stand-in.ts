import { createServer, type IncomingMessage } from "node:http";
import { PASSWORD, USER } from "./server.ts";

/** A request that has arrived whole. */
export interface Call {
  readonly method: string;
  /** Decoded, without a slash at its end; '' for the top. */
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** What is sent back. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Does not say how long it is. */
  readonly isChunked?: true;
}

/** What the stand-in does otherwise than by itself. */
export interface StandInOptions {
  /** Looks at each call first; `null` lets it go on, `"lost"` does it and drops the connection. */
  readonly before?: (call: Call) => Answer | "lost" | null;
  /** Entries of one listing; all when left out. */
  readonly entriesAListing?: number;
  /** Of a missing folder on the way, for `GET` and `PROPFIND`; 404 when left out. */
  readonly missingFolder?: number;
}

/** A small, strict WebDAV server in memory: for what no real one can be made to do. */
export interface StandIn extends AsyncDisposable {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** What has arrived, for example `PUT /store/config`. */
  readonly calls: string[];
  readonly files: Map<string, Buffer>;
  readonly folders: Set<string>;
}

/** Starts one; who comes has to bring user and password, unless `before` says otherwise. */
export async function startStandIn(options: StandInOptions = {}): Promise<StandIn> {
  const files = new Map<string, Buffer>();
  const folders = new Set([""]);
  const calls: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const path = decodeURIComponent(incoming.url ?? "").replace(/\/+$/, "");
      const { method = "", headers } = incoming;
      const call = { method, path, headers, body: Buffer.concat(chunks) };
      calls.push(`${method} ${path}`);
      const decided = options.before?.(call) ?? null;
      const answer =
        decided === null || decided === "lost" ? serve({ files, folders, options }, call) : decided;
      if (decided === "lost") incoming.socket.destroy();
      else {
        const length = { "content-length": String(Buffer.byteLength(answer.body ?? "")) };
        outgoing.writeHead(answer.status, {
          ...(answer.isChunked === true ? {} : length),
          ...answer.headers,
        });
        outgoing.end(answer.body);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the stand-in has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    user: USER,
    password: PASSWORD,
    calls,
    files,
    folders,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Place {
  readonly files: Map<string, Buffer>;
  readonly folders: Set<string>;
  readonly options: StandInOptions;
}

const SERVED: Readonly<Record<string, (place: Place, call: Call) => Answer>> = {
  GET({ files, folders, options }, { path, headers }) {
    const bytes = files.get(path);
    if (bytes === undefined)
      return { status: folders.has(parentOf(path)) ? 404 : (options.missingFolder ?? 404) };
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? "") ?? [];
    if (first === undefined || last === undefined) return { status: 200, body: bytes };
    if (Number(first) >= bytes.length)
      return { status: 416, headers: { "content-range": `bytes */${bytes.length}` } };
    const part = bytes.subarray(Number(first), Number(last) + 1);
    const range = `bytes ${first}-${Number(first) + part.length - 1}/${bytes.length}`;
    return { status: 206, headers: { "content-range": range }, body: part };
  },
  PUT({ files, folders }, { path, body }) {
    if (!folders.has(parentOf(path)) || folders.has(path)) return { status: 409 };
    const status = files.has(path) ? 204 : 201;
    files.set(path, body);
    return { status };
  },
  MKCOL({ files, folders }, { path }) {
    if (folders.has(path) || files.has(path)) return { status: 405 };
    if (!folders.has(parentOf(path))) return { status: 409 };
    folders.add(path);
    return { status: 201 };
  },
  MOVE({ files, folders }, { path, headers }) {
    const bytes = files.get(path);
    const target = decodeURIComponent(new URL(String(headers["destination"]), "http://host").pathname);
    if (bytes === undefined) return { status: 404 };
    if (!folders.has(parentOf(target))) return { status: 409 };
    if (files.has(target) && headers["overwrite"] === "F") return { status: 412 };
    const status = files.has(target) ? 204 : 201;
    files.delete(path);
    files.set(target, bytes);
    return { status };
  },
  DELETE({ files, folders }, { path }) {
    if (folders.has(path)) throw new Error(`the folder ${path} is removed, with all that is in it`);
    return { status: files.delete(path) ? 204 : 404 };
  },
  PROPFIND({ files, folders, options }, { path, headers }) {
    const { depth } = headers;
    if (depth !== "0" && depth !== "1") return { status: 403 };
    const isThere = files.has(path) || folders.has(path);
    if (!isThere) return { status: folders.has(parentOf(path)) ? 404 : (options.missingFolder ?? 404) };
    const inside = [...folders, ...files.keys()].filter((name) => name !== "" && parentOf(name) === path);
    const names = depth === "0" ? [path] : [path, ...inside].slice(0, options.entriesAListing);
    return multistatus(names.map((name) => ({ name, bytes: files.get(name) ?? null })));
  },
};

function serve(place: Place, call: Call): Answer {
  const wanted = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString("base64")}`;
  if (call.headers.authorization !== wanted && place.options.before === undefined)
    return { status: 401, headers: { "www-authenticate": 'Basic realm="tests"' } };
  // Koofr answers so, and no condition is to be relied on anywhere.
  if (call.headers["if-match"] !== undefined || call.headers["if-none-match"] !== undefined)
    return { status: 405 };
  return SERVED[call.method]?.(place, call) ?? { status: 405 };
}

function multistatus(entries: readonly { readonly name: string; readonly bytes: Buffer | null }[]): Answer {
  const responses = entries.map(({ name, bytes }) => {
    const href = name.split("/").map(encodeURIComponent).join("/") + (bytes === null ? "/" : "");
    const props =
      bytes === null
        ? "<d:resourcetype><d:collection/></d:resourcetype>"
        : `<d:resourcetype/><d:getcontentlength>${bytes.length}</d:getcontentlength>`;
    const missing =
      "<d:propstat><d:prop><d:getlastmodified/></d:prop><d:status>HTTP/1.1 404 Not Found</d:status></d:propstat>";
    return `<d:response><d:href>${href}</d:href>${missing}<d:propstat><d:prop>${props}</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>`;
  });
  const body = `<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns">${responses.join("")}</d:multistatus>\n`;
  return { status: 207, headers: { "content-type": "application/xml; charset=utf-8" }, body };
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 0));
}
