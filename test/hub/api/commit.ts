import { type Answer, json, parseJson, type RepoCall } from "../call.ts";
import type { Edit } from "../git/trees.ts";
import { entryNotFound, HubError, notLoggedIn } from "../hub-error.ts";
import { isBinary, isIgnored, isLfsPath } from "../git-attributes.ts";
import { pointerText } from "../lfs.ts";
import { revisionOf } from "../revision.ts";

const SAMPLE_BYTES = 512;

interface Header {
  readonly summary?: string;
  readonly description?: string;
  readonly parentCommit?: string | null;
}

interface CommitFile {
  readonly path: string;
  readonly content: string;
  readonly encoding?: string;
}

interface CommitLfsFile {
  readonly path: string;
  readonly oid: string;
  readonly size?: number;
}

interface Changes extends Header {
  readonly files: CommitFile[];
  readonly lfsFiles: CommitLfsFile[];
  readonly deletedFiles: { readonly path: string }[];
  readonly deletedFolders: { readonly path: string }[];
}

interface Preupload {
  readonly files?: readonly { readonly path: string; readonly size: number; readonly sample?: string }[];
  readonly gitAttributes?: string | null;
  readonly gitIgnore?: string | null;
}

/** Says which files go through LFS, which the repository ignores, and what is there now. */
export function preupload(call: RepoCall): Answer {
  const { repo, body, state } = call;
  const head = revisionOf(call, call.args[0] ?? "main");
  const wanted = parseJson(body) as Preupload;
  const textOf = (path: string): string => {
    const entry = repo.find(head, path);
    return entry === null || entry.isFolder ? "" : repo.blob(entry.oid).toString();
  };
  const attributes = wanted.gitAttributes ?? textOf(".gitattributes");
  const ignored = wanted.gitIgnore ?? textOf(".gitignore");
  return json({
    files: (wanted.files ?? []).map(({ path, size, sample = "" }) => {
      const isLfs =
        size > 0 &&
        (isLfsPath(attributes, path) ||
          size > state.limits.regularMaxBytes ||
          isBinary(Buffer.from(sample, "base64")));
      const entry = repo.find(head, path);
      const there = entry === null || entry.isFolder ? null : repo.describe(entry);
      return {
        path,
        uploadMode: isLfs ? "lfs" : "regular",
        shouldIgnore: isIgnored(ignored, path),
        oid: there === null ? null : (there.lfs?.oid ?? there.oid),
      };
    }),
  });
}

/** Makes one commit of all changes, or none. */
export function commit(call: RepoCall): Answer {
  const { repo, token, state } = call;
  if (token === null) throw notLoggedIn();
  const [branch = "main"] = call.args;
  const head = repo.resolve(branch);
  if (head.oid === branch) throw new HubError(400, "a commit needs a branch");
  const changes = parseChanges(call);
  const nowMs = state.now();
  state.rates.checkCommit(token.user, nowMs);
  const { parentCommit } = changes;
  const isStale = parentCommit !== undefined && parentCommit !== null && parentCommit !== head.oid;
  if (isStale || call.fault === "conflict") throw branchUpdated();
  const edits = [...removals(call, changes), ...additions(call, changes)];
  const message = [changes.summary ?? "", changes.description ?? ""]
    .filter((part) => part !== "")
    .join("\n\n");
  const oid = repo.commit(branch, edits, { author: token.user, message, nowMs });
  for (const file of changes.lfsFiles) repo.lfs.name(file.oid, file.path);
  state.rates.countCommit(token.user, nowMs);
  return json({
    success: true,
    commitOid: oid,
    commitUrl: `${state.url}/datasets/${repo.facts.id}/commit/${oid}`,
    pullRequestUrl: null,
    hookOutput: "",
  });
}

/** The answer to a stale `parentCommit`. */
export function branchUpdated(): HubError {
  return new HubError(
    412,
    "The branch was updated since you opened this page. Please refresh and try again.",
  );
}

function removals({ repo, args }: RepoCall, changes: Changes): Edit[] {
  const head = repo.resolve(args[0] ?? "main");
  const paths = [
    ...changes.deletedFiles.map(({ path }) => ({ path: checkPath(path), isFolder: false })),
    ...changes.deletedFolders.map(({ path }) => ({
      path: checkPath(path.replace(/\/$/, "")),
      isFolder: true,
    })),
  ];
  return paths.map(({ path, isFolder }) => {
    if (repo.find(head, path)?.isFolder !== isFolder)
      throw entryNotFound(`A ${isFolder ? "folder" : "file"} with this name doesn't exist`);
    return { path, oid: null };
  });
}

function additions({ repo, state }: RepoCall, changes: Changes): Edit[] {
  const regular = changes.files.map(({ path, content, encoding }) => {
    const bytes = Buffer.from(content, encoding === "base64" ? "base64" : "utf8");
    if (bytes.length > state.limits.regularMaxBytes)
      throw new HubError(400, "Your push was rejected because it contains files larger than 10 MiB.");
    if (isBinary(bytes.subarray(0, SAMPLE_BYTES)))
      throw new HubError(400, "Your push was rejected because it contains binary files.");
    return { path: checkPath(path), bytes };
  });
  const pointers = changes.lfsFiles.map(({ path, oid }) => {
    const object = repo.lfs.get(oid);
    if (object === null) throw new HubError(400, "LFS pointer pointed to a file that does not exist");
    return { path: checkPath(path), bytes: pointerText(object) };
  });
  return [...regular, ...pointers].map(({ path, bytes }) => ({
    path,
    oid: repo.objects.write("blob", bytes),
  }));
}

/** The body is a line for each change, or one object. */
function parseChanges({ body, headers }: RepoCall): Changes {
  const none: Changes = { files: [], lfsFiles: [], deletedFiles: [], deletedFolders: [] };
  if (headers["content-type"]?.startsWith("application/x-ndjson") !== true)
    return { ...none, ...(parseJson(body) as Partial<Changes>) };
  let header: Header = {};
  for (const line of body
    .toString()
    .split("\n")
    .filter((part) => part.trim() !== "")) {
    const { key, value } = parseJson(Buffer.from(line)) as { key: string; value: unknown };
    if (key === "header") header = value as Header;
    else if (key === "file") none.files.push(value as CommitFile);
    else if (key === "lfsFile") none.lfsFiles.push(value as CommitLfsFile);
    else if (key === "deletedFile") none.deletedFiles.push(value as { path: string });
    else if (key === "deletedFolder") none.deletedFolders.push(value as { path: string });
    else throw new HubError(400, `this stand-in does not know the operation ${key}`);
  }
  return { ...none, ...header };
}

/** @throws {HubError} 422 for what git would not take */
function checkPath(path: string): string {
  const isBad = path
    .split("/")
    .some((name) => name === "" || name === "." || name === ".." || name === ".git" || /[\\\0]/.test(name));
  if (isBad) throw new HubError(422, `Invalid path: ${path}`);
  return path;
}
