import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { type Answer, type Bucket, checkKey, getObject, listObjects, putObject } from "./bucket.ts";
import { PROFILES, type ProfileName, type S3Profile } from "./profiles.ts";
import { S3Error } from "./s3-error.ts";
import { type Account, type Right, signerOf } from "./signature.ts";

/** What a stand-in is to be like. */
export interface S3ServerOptions {
  readonly profile: ProfileName;
  /** Objects on a page of a list. */
  readonly pageSize?: number;
  /** Milliseconds since 1970; the time of this machine when left out. */
  readonly now?: () => number;
}

/** A request as it came in, and what became of it. */
export interface LoggedRequest {
  readonly method: string;
  readonly host: string;
  readonly key: string;
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  /** 0 when the connection was cut. */
  readonly status: number;
}

/** What goes wrong with a request: before it is looked at, or after it was done. */
export interface Fault {
  readonly method: string;
  readonly key?: RegExp;
  /** How many requests; 1 when left out. */
  times?: number;
  /** `cut`: the connection, unanswered; `lose`: the same after it was done; else an answer. */
  readonly with: "cut" | "lose" | S3Error;
}

/** A stand-in for S3 and its relatives, on this machine only. */
export interface S3Server extends AsyncDisposable {
  /** Without a bucket. */
  readonly url: string;
  readonly port: number;
  readonly buckets: Map<string, Bucket>;
  readonly accounts: Map<string, Account>;
  readonly requests: LoggedRequest[];
  readonly faults: Fault[];
}

/** The host by which the stand-in knows buckets in the name of the host: `bucket.s3.test`. */
export const VIRTUAL_HOST = "s3.test";
const RIGHTS: ReadonlySet<Right> = new Set(["list", "read", "write", "remove"]);

interface State extends Omit<S3Server, "url" | "port" | typeof Symbol.asyncDispose> {
  readonly profile: S3Profile;
  readonly pageSize: number;
  readonly now: () => number;
  readonly port: () => number;
  /** Where objects lie, by the path of their signed address. */
  readonly signed: Map<string, { readonly bucket: Bucket; readonly key: string }>;
}

interface Call {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly path: string;
  readonly query: string;
}

/** Starts one with the bucket `vault`, private, in the region `eu-west-1`, and the keys `alice`. */
export async function startS3(options: S3ServerOptions): Promise<S3Server> {
  let port = 0;
  const state: State = {
    profile: PROFILES[options.profile],
    pageSize: options.pageSize ?? 1000,
    now: options.now ?? Date.now,
    port: () => port,
    buckets: new Map([["vault", newBucket("vault")]]),
    accounts: new Map([["alice", newAccount("alice")]]),
    requests: [],
    faults: [],
    signed: new Map(),
  };
  const server = createServer((request, response) => {
    serve(state, request, response).catch(() => request.socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  ({ port } = server.address() as AddressInfo);
  return {
    ...state,
    port,
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** An empty bucket. */
export function newBucket(name: string, region = "eu-west-1"): Bucket {
  return { name, region, isPublic: false, quotaBytes: null, objects: new Map() };
}

/** Keys with every right, and a secret with the characters that secrets have. */
export function newAccount(id: string, token: string | null = null): Account {
  return { id, secret: `${id}/secret+key=`, token, expiresMs: null, isRevoked: false, rights: RIGHTS };
}

async function serve(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [path = "", query = ""] = (request.url ?? "").split("?", 2);
  const { method = "", headers } = request;
  const body = await buffer(request);
  const call = { method, headers, body, path, query };
  const key = decodeURIComponent(path);
  const log = (status: number): void =>
    void state.requests.push({ method, host: headers.host ?? "", key, query, headers, status });
  const fault = takeFault(state, method, key);
  if (fault?.with === "cut") {
    log(0);
    request.socket.destroy();
    return;
  }
  const answer = fault?.with instanceof S3Error ? answerOf(fault.with) : answerTo(state, call);
  if (fault?.with === "lose") {
    log(0);
    request.socket.destroy();
    return;
  }
  log(answer.status);
  response.writeHead(answer.status, {
    date: new Date(state.now()).toUTCString(),
    "content-length": String(answer.body?.length ?? 0),
    ...answer.headers,
  });
  response.end(method === "HEAD" ? undefined : answer.body);
}

function takeFault({ faults }: State, method: string, key: string): Fault | null {
  const index = faults.findIndex((fault) => fault.method === method && (fault.key ?? /(?:)/).test(key));
  const fault = faults[index];
  if (fault === undefined) return null;
  fault.times = (fault.times ?? 1) - 1;
  if (fault.times <= 0) faults.splice(index, 1);
  return fault;
}

function answerTo(state: State, call: Call): Answer {
  try {
    const elsewhere = state.signed.get(call.path);
    if (elsewhere !== undefined) return fromElsewhere(call, elsewhere);
    return handle(state, call);
  } catch (error) {
    if (error instanceof S3Error) return answerOf(error);
    throw error;
  }
}

function answerOf(error: S3Error): Answer {
  return {
    status: error.status,
    headers: { "content-type": "application/xml", ...error.headers },
    body: Buffer.from(error.toXml()),
  };
}

function handle(state: State, call: Call): Answer {
  const { name, key } = placeOf(state, call);
  const bucket = state.buckets.get(name);
  const right = rightOf(call.method, key);
  const region = bucket?.region ?? "eu-west-1";
  const isAnonymous = call.headers.authorization === undefined;
  const rights: ReadonlySet<Right> = isAnonymous
    ? new Set(bucket?.isPublic === true ? (["list", "read"] as const) : [])
    : signerOf({ ...call, profile: state.profile, region, nowMs: state.now() }, state.accounts).rights;
  if (bucket === undefined && !isAnonymous)
    throw new S3Error(404, "NoSuchBucket", "The specified bucket does not exist");
  if (bucket === undefined || !rights.has(right)) throw new S3Error(403, "AccessDenied", "Access Denied");
  if (key === "") return listObjects(bucket, new URLSearchParams(call.query), state.pageSize);
  checkKey(state.profile, key);
  if (call.method === "PUT") return putObject(state.profile, bucket, key, call);
  if (call.method === "DELETE") {
    bucket.objects.delete(key);
    return { status: 204 };
  }
  const isSdk = /aws-cli|botocore|aws-sdk-rust/i.test(call.headers["user-agent"] ?? "");
  if (!state.profile.redirectsReads || isSdk) return getObject(bucket, key, call.headers.range);
  getObject(bucket, key, undefined);
  const path = `/elsewhere/${randomUUID()}`;
  state.signed.set(path, { bucket, key });
  return { status: 302, headers: { location: `http://localhost:${state.port()}${path}` } };
}

/** Another origin: whoever brings a signature there is refused, as two ways to open it are one too many. */
function fromElsewhere(
  call: Call,
  { bucket, key }: { readonly bucket: Bucket; readonly key: string },
): Answer {
  if (call.headers.authorization !== undefined || call.headers["x-amz-date"] !== undefined)
    throw new S3Error(400, "InvalidArgument", "Only one auth mechanism allowed");
  return getObject(bucket, key, call.headers.range);
}

function placeOf(
  { profile }: State,
  { headers, path }: Call,
): { readonly name: string; readonly key: string } {
  const [virtual] = (headers.host ?? "").split(`.${VIRTUAL_HOST}:`);
  const isVirtual = virtual !== undefined && virtual !== headers.host;
  const style = isVirtual ? "virtual" : "path";
  if (profile.style !== "both" && profile.style !== style)
    throw new S3Error(
      403,
      profile.styleError === "" ? "NoSuchBucket" : profile.styleError,
      "Use the other style.",
    );
  const segments = path.slice(1).split("/");
  if (profile.namespace !== null && segments.shift() !== profile.namespace)
    throw new S3Error(404, "NoSuchBucket", "There is no such namespace.");
  const [name = "", ...rest] = segments;
  const key = isVirtual ? path.slice(1) : rest.join("/");
  return { name: isVirtual ? virtual : decodeURIComponent(name), key: decodeURIComponent(key) };
}

function rightOf(method: string, key: string): Right {
  if (method === "GET" || method === "HEAD") return key === "" ? "list" : "read";
  if (method === "PUT" && key !== "") return "write";
  if (method === "DELETE" && key !== "") return "remove";
  throw new S3Error(405, "MethodNotAllowed", "The specified method is not allowed against this resource.");
}
