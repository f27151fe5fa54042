import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Answer, type Call, json, parseJson, type RepoCall, text } from "../call.ts";
import { HubError } from "../hub-error.ts";
import { pageOf } from "../pages.ts";
import type { Repo } from "../repo.ts";
import { rewriteWithout } from "../rewrite.ts";
import { checkSigned, sign } from "../signed-urls.ts";
import { etagOf, partsFolder } from "../parts.ts";

const MAX_DELETIONS = 1000;
const LFS_JSON = { "content-type": "application/vnd.git-lfs+json" };

interface Wanted {
  readonly oid: string;
  readonly size: number;
}

/** What an upload or a download of LFS objects has to ask for; nothing for objects that are there. */
export function lfsBatch(call: RepoCall): Answer {
  const { repo, body } = call;
  const { operation, transfers, objects } = parseJson(body) as {
    operation: string;
    transfers?: string[];
    objects: Wanted[];
  };
  const takesParts = transfers?.includes("multipart") === true;
  const isMultipart = ({ size }: Wanted): boolean =>
    takesParts && size >= call.state.limits.multipartMinBytes;
  const answers = objects.map((wanted) => {
    const { oid, size } = wanted;
    if (!/^[0-9a-f]{64}$/.test(oid)) return { oid, size, error: { code: 422, message: "Invalid oid" } };
    const object = repo.lfs.get(oid);
    if (operation === "download")
      return object === null
        ? { oid, size, error: { code: 404, message: "Object does not exist" } }
        : { oid, size, authenticated: true, actions: { download: { href: downloadUrl(call, repo, oid) } } };
    if (object !== null) return { oid, size };
    return { oid, size, authenticated: true, actions: uploadActions(call, wanted, isMultipart(wanted)) };
  });
  const transfer = operation === "upload" && objects.some(isMultipart) ? "multipart" : "basic";
  return json({ transfer, objects: answers }, LFS_JSON);
}

/** Where the second origin has an object; for a while. */
export function downloadUrl(call: Call, repo: Repo, oid: string): string {
  return signed(call, `${call.state.cdnUrl}/objects/${repo.facts.id}/${oid}`);
}

/** Confirms that an object has arrived whole. */
export function lfsVerify({ repo, body }: RepoCall): Answer {
  const { oid, size } = parseJson(body) as Wanted;
  const object = repo.lfs.get(oid);
  if (object === null) throw new HubError(404, "Object does not exist");
  if (object.sizeBytes !== size) throw new HubError(422, "The size of the object is not the one given");
  return text("OK");
}

/** Puts the parts of an object together. Its address is signed, so it needs no token. */
export function completeMultipart(call: Call): Answer {
  const { state, url, body } = call;
  checkSigned(url, state.accounts.secret, state.now());
  const id = url.searchParams.get("repo") ?? "";
  const oid = url.searchParams.get("oid") ?? "";
  const repo = state.repos.find(id);
  if (repo === null) throw new HubError(404, "Repository not found", { code: "RepoNotFound" });
  const { parts } = parseJson(body) as { parts: { partNumber: number; etag: string }[] };
  const folder = partsFolder(repo, oid);
  const pieces = parts.map(({ partNumber, etag }) => {
    const path = join(folder, String(partNumber));
    const bytes = existsSync(path) ? readFileSync(path) : null;
    if (bytes === null || etagOf(bytes) !== `"${etag.replaceAll('"', "")}"`)
      throw new HubError(400, `part ${partNumber} is not there`);
    return bytes;
  });
  const whole = Buffer.concat(pieces);
  if (createHash("sha256").update(whole).digest("hex") !== oid)
    throw new HubError(400, "the parts are not the object");
  repo.lfs.write(oid, whole, state.now());
  rmSync(folder, { recursive: true });
  return json({ success: true });
}

/** All LFS objects that were ever pushed and not deleted. */
export function lfsFiles(call: RepoCall): Answer {
  const { repo, state } = call;
  const page = pageOf(call, repo.lfs.list(), state.limits.lfsFilesPage);
  const items = page.items.map(({ oid, sizeBytes, filename, pushedMs }) => ({
    fileOid: oid,
    filename,
    oid,
    pushedAt: new Date(pushedMs).toISOString(),
    ref: filename === "" ? null : "main",
    size: sizeBytes,
  }));
  return json(items, page.headers);
}

/** Deletes LFS objects for good, and their pointers from all commits when asked for. */
export function deleteLfsFiles(call: RepoCall): Answer {
  const { deletions } = parseJson(call.body) as { deletions: { sha: string[]; rewriteHistory?: boolean } };
  if (deletions.sha.length > MAX_DELETIONS) throw new HubError(400, `at most ${MAX_DELETIONS} at once`);
  return purge(call, deletions.sha, deletions.rewriteHistory === true);
}

/** The same for one. */
export function deleteLfsFile(call: RepoCall): Answer {
  return purge(call, [call.args[0] ?? ""], call.url.searchParams.get("rewriteHistory") === "true");
}

function purge({ repo, state }: RepoCall, oids: readonly string[], rewritesHistory: boolean): Answer {
  for (const oid of oids) if (repo.lfs.get(oid) !== null) repo.lfs.remove(oid);
  if (rewritesHistory) rewriteWithout(repo, new Set(oids), state.now());
  return json({ success: true });
}

function uploadActions(call: RepoCall, { oid, size }: Wanted, isMultipart: boolean): unknown {
  const { state, repo } = call;
  const verify = { href: `${state.url}/datasets/${repo.facts.id}.git/info/lfs/verify`, header: {} };
  const target = `${state.cdnUrl}/uploads/${repo.facts.id}/${oid}`;
  if (!isMultipart) return { upload: { href: signed(call, `${target}?size=${size}`), header: {} }, verify };
  const { partBytes } = state.limits;
  const count = Math.ceil(size / partBytes);
  const parts = Array.from({ length: count }, (_, index) => {
    const number = String(index + 1).padStart(5, "0");
    return [number, signed(call, `${target}?part=${index + 1}`)] as const;
  });
  const complete = `${state.url}/api/complete_multipart?repo=${encodeURIComponent(repo.facts.id)}&oid=${oid}`;
  return {
    upload: {
      href: signed(call, complete),
      header: { chunk_size: String(partBytes), ...Object.fromEntries(parts) },
    },
    verify,
  };
}

function signed({ state, fault }: Call, url: string): string {
  const lifeMs = fault === "expired-url" ? -1000 : state.limits.signedUrlSeconds * 1000;
  return sign(url, state.accounts.secret, state.now() + lifeMs);
}
