import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Answer, Call } from "../call.ts";
import { HubError } from "../hub-error.ts";
import { checkSigned } from "../signed-urls.ts";
import type { Repo } from "../repo.ts";
import { etagOf, partsFolder } from "../parts.ts";
import { ranged } from "../ranges.ts";

/** The second origin: takes and gives LFS objects at signed addresses, and never sees a token. */
export function cdn(call: Call): Answer {
  const { state, method, url, headers, fault } = call;
  if (headers.authorization !== undefined)
    throw new HubError(400, "Only one auth mechanism allowed; the Authorization header must not be sent");
  if (fault === "expired-url") throw new HubError(403, "Request has expired");
  checkSigned(url, state.accounts.secret, state.now());
  const [, kind, owner, name, oid = ""] = url.pathname.split("/");
  const repo = state.repos.find(`${owner}/${name}`);
  if (repo === null) throw new HubError(404, "NoSuchKey");
  if (kind === "uploads" && method === "PUT") return upload(call, repo, oid);
  if (kind === "objects" && (method === "GET" || method === "HEAD")) return download(call, repo, oid);
  throw new HubError(405, "MethodNotAllowed");
}

function upload({ state, url, headers, body }: Call, repo: Repo, oid: string): Answer {
  if (headers["content-length"] === undefined) throw new HubError(411, "MissingContentLength");
  if (body.length === 0) throw new HubError(501, "NotImplemented");
  const part = url.searchParams.get("part");
  if (part === null) {
    const sha256 = createHash("sha256").update(body).digest("hex");
    if (sha256 !== oid) throw new HubError(400, "BadDigest: the SHA-256 is not the one that was signed");
    repo.lfs.write(oid, body, state.now());
  } else {
    mkdirSync(partsFolder(repo, oid), { recursive: true });
    writeFileSync(join(partsFolder(repo, oid), String(Number(part))), body);
  }
  return { status: 200, headers: { etag: etagOf(body) } };
}

function download({ headers, fault }: Call, repo: Repo, oid: string): Answer {
  if (fault === "not-yet" || repo.lfs.get(oid) === null) throw new HubError(404, "NoSuchKey");
  return ranged(repo.lfs.read(oid), headers.range, {
    etag: `"${oid}"`,
    "content-type": "application/octet-stream",
  });
}
