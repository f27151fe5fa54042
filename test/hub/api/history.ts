import { type Answer, json, parseJson, type RepoCall, text } from "../call.ts";
import type { RefKind } from "../git/refs.ts";
import { HubError } from "../hub-error.ts";
import { pageOf } from "../pages.ts";
import { revisionOf } from "../revision.ts";

const MAX_COMMITS_PAGE = 1000;

/** The commits of a revision, newest first. */
export function commits(call: RepoCall): Answer {
  const { repo, url, state } = call;
  const all = [...repo.history(revisionOf(call, call.args[0] ?? "main").oid)];
  const size = url.searchParams.has("limit") ? MAX_COMMITS_PAGE : state.limits.commitsPage;
  const page = pageOf(call, all, size);
  const items = page.items.map(({ oid, message, author, authoredSeconds }) => {
    const [title = "", ...rest] = message.split("\n");
    return {
      id: oid,
      title,
      message: rest.join("\n").trim(),
      authors: [{ user: author, avatar: "" }],
      date: new Date(authoredSeconds * 1000).toISOString(),
    };
  });
  return json(items, { "x-total-count": String(all.length), ...page.headers });
}

/** Branches and tags with what they mean. */
export function refs({ repo, fault }: RepoCall): Answer {
  const list = (kind: RefKind): unknown[] =>
    repo.refs.list(kind).map(({ name, oid }) => {
      const stale = fault === "stale-head" && kind === "heads" ? repo.resolve(oid).parent : null;
      return { name, ref: `refs/${kind}/${name}`, targetCommit: stale ?? oid };
    });
  return json({ branches: list("heads"), tags: list("tags"), converts: [] });
}

/** Makes a branch at a revision, or without history. */
export function createBranch({ repo, args, body, token, state }: RepoCall): Answer {
  const [name = ""] = args;
  const wanted = (body.length === 0 ? {} : parseJson(body)) as {
    startingPoint?: string;
    emptyBranch?: boolean;
    overwrite?: boolean;
  };
  if (repo.refs.get("heads", name) !== null && wanted.overwrite !== true)
    throw new HubError(409, `Reference already exists: ${name}`);
  if (wanted.emptyBranch === true) {
    repo.refs.remove("heads", name);
    const change = { author: token?.user ?? "", message: "initial commit", nowMs: state.now() };
    repo.commit(name, [], change);
  } else {
    repo.refs.set("heads", name, repo.resolve(wanted.startingPoint ?? "main").oid);
  }
  return text("OK");
}

/** Removes a branch, but not the one that everybody gets. */
export function deleteBranch({ repo, args }: RepoCall): Answer {
  const [name = ""] = args;
  if (name === "main") throw new HubError(403, "Cannot delete the default branch");
  if (repo.refs.get("heads", name) === null)
    throw new HubError(404, `Invalid rev id: ${name}`, { code: "RevisionNotFound" });
  repo.refs.remove("heads", name);
  return text("OK");
}

/** Names a revision for good. */
export function createTag({ repo, args, body }: RepoCall): Answer {
  const { tag } = parseJson(body) as { tag: string };
  if (repo.refs.get("tags", tag) !== null) throw new HubError(409, `Tag ${tag} already exists`);
  repo.refs.set("tags", tag, repo.resolve(args[0] ?? "main").oid);
  return text("OK");
}

/** Removes a tag. */
export function deleteTag({ repo, args }: RepoCall): Answer {
  const [name = ""] = args;
  if (repo.refs.get("tags", name) === null)
    throw new HubError(404, `Invalid rev id: ${name}`, { code: "RevisionNotFound" });
  repo.refs.remove("tags", name);
  return text("OK");
}

/** Makes one commit of the history of a branch. LFS objects stay until somebody deletes them. */
export function superSquash({ repo, args, body, token, state }: RepoCall): Answer {
  const { message } = (body.length === 0 ? {} : parseJson(body)) as { message?: string };
  const [branch = "main"] = args;
  if (repo.refs.get("heads", branch) === null)
    throw new HubError(404, `Invalid rev id: ${branch}`, { code: "RevisionNotFound" });
  repo.squash(branch, {
    author: token?.user ?? "",
    message: message ?? "Super-squash branch using the API",
    nowMs: state.now(),
  });
  return text("OK");
}
