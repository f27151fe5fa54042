import { mayUse } from "./accounts.ts";
import { bucket } from "./api/buckets.ts";
import { commit, preupload } from "./api/commit.ts";
import { gitFile } from "./api/git.ts";
import {
  commits,
  createBranch,
  createTag,
  deleteBranch,
  deleteTag,
  refs,
  superSquash,
} from "./api/history.ts";
import {
  completeMultipart,
  deleteLfsFile,
  deleteLfsFiles,
  lfsBatch,
  lfsFiles,
  lfsVerify,
} from "./api/lfs.ts";
import { authCheck, changeSettings, createRepo, deleteRepo, whoami } from "./api/repos.ts";
import { raw, resolve, resolveCache } from "./api/resolve.ts";
import { pathsInfo, repoInfo, tree } from "./api/tree.ts";
import { type Answer, type Call, json, type RepoCall } from "./call.ts";
import { entryNotFound, HubError, notLoggedIn, repoNotFound } from "./hub-error.ts";
import type { Repo } from "./repo.ts";

type Right = "read" | "write";

interface Route {
  readonly methods: readonly string[];
  /** Its first two groups are the owner and the name, the others the arguments. */
  readonly pattern: RegExp;
  readonly right: Right;
  readonly handle: (call: RepoCall) => Answer;
}

const GET = ["GET", "HEAD"] as const;
const API = "/api/datasets/([^/]+)/([^/]+)";
const PAGE = "/datasets/([^/]+)/([^/]+)";

/** What needs no repository. */
const PLAIN_ROUTES: Readonly<Record<string, (call: Call) => Answer>> = {
  "GET /api/whoami-v2": whoami,
  "POST /api/repos/create": createRepo,
  "DELETE /api/repos/delete": deleteRepo,
  "POST /api/complete_multipart": completeMultipart,
  "POST /api/validate-yaml": () => json({ errors: [], warnings: [] }),
};

const REPO_ROUTES: readonly Route[] = [
  route(GET, API, "read", repoInfo),
  route(GET, `${API}/revision/([^/]+)`, "read", repoInfo),
  route(["PUT"], `${API}/settings`, "write", changeSettings),
  route(GET, `${API}/auth-check`, "read", authCheck),
  route(GET, `${API}/auth-check/write`, "write", authCheck),
  route(GET, `${API}/tree/([^/]+)(?:/(.*))?`, "read", tree),
  route(["POST"], `${API}/paths-info/([^/]+)`, "read", pathsInfo),
  route(["POST"], `${API}/preupload/([^/]+)`, "write", preupload),
  route(["POST"], `${API}/commit/([^/]+)`, "write", commit),
  route(GET, `${API}/commits/([^/]+)`, "read", commits),
  route(GET, `${API}/refs`, "read", refs),
  route(["POST"], `${API}/branch/(.+)`, "write", createBranch),
  route(["DELETE"], `${API}/branch/(.+)`, "write", deleteBranch),
  route(["POST"], `${API}/tag/([^/]+)`, "write", createTag),
  route(["DELETE"], `${API}/tag/(.+)`, "write", deleteTag),
  route(["POST"], `${API}/super-squash/([^/]+)`, "write", superSquash),
  route(GET, `${API}/lfs-files`, "write", lfsFiles),
  route(["POST"], `${API}/lfs-files/batch`, "write", deleteLfsFiles),
  route(["DELETE"], `${API}/lfs-files/([0-9a-f]{64})`, "write", deleteLfsFile),
  route(GET, "/api/resolve-cache/datasets/([^/]+)/([^/]+)/([^/]+)/(.+)", "read", resolveCache),
  route(GET, `${PAGE}/resolve/([^/]+)/(.+)`, "read", resolve),
  route(GET, `${PAGE}/raw/([^/]+)/(.+)`, "read", raw),
  route(["POST"], `${PAGE}\\.git/info/lfs/objects/batch`, "read", lfsBatchWithRight),
  route(["POST"], `${PAGE}\\.git/info/lfs/verify`, "write", lfsVerify),
  route(GET, "/datasets/([^/]+)/([^/]+?)(?:\\.git)?/(HEAD|info/refs|objects/.+)", "read", gitFile),
];

/**
 * Answers a request to the Hub.
 *
 * @throws {HubError} what is wrong with it
 */
export function handle(call: Call): Answer {
  const { method, url } = call;
  const plain = PLAIN_ROUTES[`${method} ${url.pathname}`];
  if (plain !== undefined) return plain(call);
  const [, bucketOwner, bucketName] = /^\/api\/buckets\/([^/]+)\/([^/]+)$/.exec(url.pathname) ?? [];
  if (bucketOwner !== undefined && bucketName !== undefined) return bucket(call, bucketOwner, bucketName);
  let isPathKnown = false;
  for (const { methods, pattern, right, handle: handleRepo } of REPO_ROUTES) {
    const match = pattern.exec(url.pathname);
    if (match === null) continue;
    isPathKnown = true;
    if (!methods.includes(method)) continue;
    const [owner = "", name = "", ...args] = match
      .slice(1)
      .map((part: string | undefined) => decode(part ?? ""));
    const repo = allowedRepo(call, `${owner}/${name}`, right);
    if (repo.facts.id !== `${owner}/${name}`) return canonicalAddress(call, `${owner}/${name}`, repo);
    return handleRepo({ ...call, repo, args });
  }
  if (isPathKnown) throw new HubError(405, "Method not allowed");
  throw entryNotFound("Sorry, we can't find the page you are looking for.");
}

function route(
  methods: readonly string[],
  pattern: string,
  right: Right,
  handleRepo: (call: RepoCall) => Answer,
): Route {
  return { methods, pattern: new RegExp(`^${pattern}$`), right, handle: handleRepo };
}

/** To upload, one has to be allowed to write. */
function lfsBatchWithRight(call: RepoCall): Answer {
  const { operation } = JSON.parse(call.body.toString()) as { operation?: string };
  if (operation === "upload") allowedRepo(call, call.repo.facts.id, "write");
  return lfsBatch(call);
}

/**
 * The repository, if the sender may use it so. What is private looks like what is missing.
 *
 * @throws {HubError} 401 for nobody, 404 or 403 for a user
 */
function allowedRepo({ state, token }: Call, id: string, right: Right): Repo {
  const repo = state.repos.find(id);
  if (token === null && (repo === null || repo.facts.isPrivate || right === "write")) throw notLoggedIn();
  if (repo === null) throw repoNotFound();
  if (token === null) return repo;
  if (repo.facts.isPrivate && !mayUse(token, repo.facts.id, "read")) throw repoNotFound();
  if (right === "write" && !mayUse(token, repo.facts.id, "write"))
    throw new HubError(403, "You have read access but not the required permissions for this operation");
  return repo;
}

/** Where a name in another case leads. */
function canonicalAddress({ url }: Call, asked: string, repo: Repo): Answer {
  const location = `${url.pathname.replace(asked, repo.facts.id)}${url.search}`;
  return { status: 307, headers: { location } };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new HubError(400, "the address is not encoded well");
  }
}
