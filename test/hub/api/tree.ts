import { type Answer, type Call, json, parseJson, type RepoCall } from "../call.ts";
import type { NamedCommit } from "../git/commits.ts";
import { readTree, walkTree, type PathEntry } from "../git/trees.ts";
import { entryNotFound } from "../hub-error.ts";
import { pageOf } from "../pages.ts";
import type { Repo, RepoFile } from "../repo.ts";
import { revisionOf } from "../revision.ts";

const MAX_PATHS = 1000;
const INFO_FIELDS = ["author", "sha", "lastModified", "private", "gated", "disabled", "siblings"];

/** The facts of a repository at a revision. */
export function repoInfo(call: RepoCall): Answer {
  const { repo, url } = call;
  const commit = revisionOf(call, call.args[0] ?? "main");
  const wanted = [...url.searchParams.getAll("expand[]"), ...url.searchParams.getAll("expand")];
  const fields = wanted.length === 0 ? [...INFO_FIELDS, "createdAt", "usedStorage"] : wanted;
  const values: Readonly<Record<string, () => unknown>> = {
    author: () => repo.facts.id.split("/")[0],
    sha: () => commit.oid,
    lastModified: () => new Date(commit.authoredSeconds * 1000).toISOString(),
    private: () => repo.facts.isPrivate,
    gated: () => false,
    disabled: () => false,
    createdAt: () => new Date(repo.facts.createdMs).toISOString(),
    usedStorage: () => repo.lfs.list().reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    siblings: () => siblings(repo, commit, url.searchParams.get("blobs") === "true"),
    tags: () => [],
    downloads: () => 0,
    likes: () => 0,
  };
  const known = [...fields, "tags", "downloads", "likes"].filter((field) => field in values);
  return json({
    _id: repo.facts.id,
    id: repo.facts.id,
    ...Object.fromEntries(known.map((field) => [field, values[field]?.()])),
  });
}

/** One page of the entries of a folder, or of all below it. */
export function tree(call: RepoCall): Answer {
  const { repo, state } = call;
  const [revision = "main", folder = ""] = call.args;
  const commit = revisionOf(call, revision);
  const found = repo.find(commit, folder);
  if (found === null || !found.isFolder) throw entryNotFound(`${folder} does not exist on "${revision}"`);
  const isRecursive = isSet(call, "recursive");
  const isExpanded = isSet(call, "expand");
  const entries = isRecursive
    ? [...walkTree(repo.objects, found.oid, folder)]
    : readTree(repo.objects, found.oid).map(({ name, isFolder, oid }): PathEntry => ({
        path: folder === "" ? name : `${folder}/${name}`,
        isFolder,
        oid,
      }));
  const size = isExpanded ? state.limits.expandedTreePage : state.limits.treePage;
  const page = pageOf(call, entries, size);
  return json(describeAll(repo, commit, page.items, isExpanded), page.headers);
}

/** What is at some paths; those that are missing are left out. The body may be a form. */
export function pathsInfo(call: RepoCall): Answer {
  const { repo, body, headers } = call;
  const commit = revisionOf(call, call.args[0] ?? "main");
  const isForm = headers["content-type"]?.startsWith("application/x-www-form-urlencoded") === true;
  const wanted = isForm ? parseForm(body) : (parseJson(body) as { paths?: string[]; expand?: boolean });
  const found = (wanted.paths ?? [])
    .slice(0, MAX_PATHS)
    .map((path) => repo.find(commit, path))
    .filter((entry) => entry !== null);
  return json(describeAll(repo, commit, found, wanted.expand === true));
}

function parseForm(body: Buffer): { paths: string[]; expand: boolean } {
  const form = new URLSearchParams(body.toString());
  return { paths: form.getAll("paths"), expand: /^true$/i.test(form.get("expand") ?? "") };
}

function describeAll(
  repo: Repo,
  commit: NamedCommit,
  entries: readonly PathEntry[],
  isExpanded: boolean,
): unknown[] {
  const last = isExpanded ? lastCommits(repo, commit, entries) : null;
  return entries.map((entry) => {
    const changed = last?.get(entry.path);
    const more =
      changed === undefined
        ? {}
        : {
            lastCommit: {
              id: changed.oid,
              title: changed.message.split("\n")[0],
              date: new Date(changed.authoredSeconds * 1000).toISOString(),
            },
            ...(entry.isFolder ? {} : { securityFileStatus: null }),
          };
    if (entry.isFolder) return { type: "directory", oid: entry.oid, size: 0, path: entry.path, ...more };
    return { ...describeFile(repo.describe(entry)), ...more };
  });
}

function describeFile({ path, oid, sizeBytes, lfs }: RepoFile): Record<string, unknown> {
  const pointer =
    lfs === null ? {} : { lfs: { oid: lfs.oid, size: sizeBytes, pointerSize: lfs.pointerBytes } };
  return { type: "file", oid, size: sizeBytes, path, ...pointer };
}

/** The newest commit that changed each of the paths. */
function lastCommits(
  repo: Repo,
  head: NamedCommit,
  entries: readonly PathEntry[],
): ReadonlyMap<string, NamedCommit> {
  const last = new Map<string, NamedCommit>();
  let open = entries;
  for (const commit of repo.history(head.oid)) {
    open = open.filter(({ path, oid }) => {
      if (repo.find(commit, path)?.oid !== oid) return false;
      last.set(path, commit);
      return true;
    });
    if (open.length === 0) break;
  }
  return last;
}

function siblings(repo: Repo, commit: NamedCommit, hasBlobs: boolean): unknown[] {
  const files = [...repo.walk(commit)].filter(({ isFolder }) => !isFolder);
  return files.map((entry) => {
    if (!hasBlobs) return { rfilename: entry.path };
    const { oid, sizeBytes, lfs } = repo.describe(entry);
    const file = { rfilename: entry.path, size: sizeBytes, blobId: oid };
    if (lfs === null) return file;
    return Object.assign(file, { lfs: { sha256: lfs.oid, size: sizeBytes, pointerSize: lfs.pointerBytes } });
  });
}

function isSet(call: Call, name: string): boolean {
  return /^(?:true|1)$/i.test(call.url.searchParams.get(name) ?? "");
}
