import { gzipSync } from "node:zlib";
import type { Answer, RepoCall } from "../call.ts";
import { entryNotFound } from "../hub-error.ts";
import { ranged } from "../ranges.ts";
import { revisionOf } from "../revision.ts";
import { downloadUrl } from "./lfs.ts";

/** Leads to the content of a file: to another address here, or to the second origin for LFS. */
export function resolve(call: RepoCall): Answer {
  const { repo } = call;
  const [revision = "main", path = ""] = call.args;
  const commit = revisionOf(call, revision);
  const file = repo.file(commit, path);
  if (call.fault === "not-yet") throw entryNotFound();
  const common = { "x-repo-commit": commit.oid, "accept-ranges": "bytes" };
  if (file.lfs === null) {
    const encoded = encodeURIComponent(path);
    const location = `/api/resolve-cache/datasets/${repo.facts.id}/${commit.oid}/${encoded}`;
    const etag = `"${file.oid}"`;
    return redirect(307, `${location}?etag=${encodeURIComponent(etag)}`, { ...common, etag });
  }
  const etag = `"${file.lfs.oid}"`;
  return redirect(302, downloadUrl(call, repo, file.lfs.oid), {
    ...common,
    etag,
    "x-linked-etag": etag,
    "x-linked-size": String(file.sizeBytes),
  });
}

/** The content of a file that is kept in git; compressed on its way when the client can take that. */
export function resolveCache(call: RepoCall): Answer {
  const { repo, headers, state } = call;
  const [revision = "", path = ""] = call.args;
  const commit = repo.resolve(revision);
  const file = repo.file(commit, path);
  const bytes = repo.blob(file.oid);
  const common = {
    "x-repo-commit": commit.oid,
    "content-type": "text/plain; charset=utf-8",
    "content-disposition": "inline",
    etag: `"${file.oid}"`,
  };
  const takesGzip = /\bgzip\b/.test(headers["accept-encoding"] ?? "");
  if (headers.range === undefined && takesGzip && bytes.length >= state.limits.gzipMinBytes)
    return {
      status: 200,
      headers: { ...common, "content-encoding": "gzip", vary: "accept-encoding" },
      body: gzipSync(bytes),
    };
  return ranged(bytes, headers.range, common);
}

/** What git keeps: for an LFS file its pointer. */
export function raw(call: RepoCall): Answer {
  const [revision = "main", path = ""] = call.args;
  const commit = revisionOf(call, revision);
  const { oid } = call.repo.file(commit, path);
  return ranged(call.repo.blob(oid), call.headers.range, {
    etag: `"${oid}"`,
    "x-repo-commit": commit.oid,
    "content-type": "text/plain; charset=utf-8",
  });
}

function redirect(status: number, location: string, headers: Readonly<Record<string, string>>): Answer {
  const body = Buffer.from(`Found. Redirecting to ${location.split("?")[0]}`);
  return { status, headers: { location, "content-type": "text/plain; charset=utf-8", ...headers }, body };
}
