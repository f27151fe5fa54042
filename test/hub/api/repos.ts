import { mayCreate, mayUse } from "../accounts.ts";
import { type Answer, type Call, json, parseJson, type RepoCall, text } from "../call.ts";
import { HubError, notLoggedIn, repoNotFound } from "../hub-error.ts";
import { DEFAULT_GIT_ATTRIBUTES } from "../git-attributes.ts";

interface NamedRepo {
  readonly type?: string;
  readonly name?: string;
  readonly organization?: string | null;
  readonly private?: boolean | null;
  readonly visibility?: "private" | "public" | null;
  readonly files?: readonly { readonly path: string; readonly content: string; readonly encoding?: string }[];
}

/** Who a token belongs to and what it is for. */
export function whoami({ token }: Call): Answer {
  if (token === null) throw notLoggedIn();
  const { user, role, scopes } = token;
  const fineGrained = {
    canReadGatedRepos: false,
    global: [],
    scoped: scopes.map(({ name, permissions }) => ({
      entity: { _id: name, type: name.includes("/") ? "dataset" : "user", name },
      permissions,
    })),
  };
  return json({
    type: "user",
    id: user,
    name: user,
    fullname: user,
    isPro: false,
    canPay: false,
    emailVerified: true,
    orgs: [],
    auth: {
      type: "access_token",
      accessToken: {
        displayName: "token",
        role,
        createdAt: "2026-01-01T00:00:00.000Z",
        ...(role === "fineGrained" ? { fineGrained } : {}),
      },
    },
  });
}

/** Makes a repository with one commit, which brings `.gitattributes`. */
export function createRepo({ state, body, token }: Call): Answer {
  if (token === null) throw notLoggedIn();
  const wanted = parseJson(body) as NamedRepo;
  const owner = wanted.organization ?? token.user;
  if (wanted.type !== "dataset") throw new HubError(400, "this stand-in has datasets only");
  if (!mayCreate(token, owner))
    throw new HubError(403, `You don't have the rights to create a dataset under the namespace "${owner}"`);
  const isPrivate =
    wanted.visibility === undefined || wanted.visibility === null
      ? wanted.private === true
      : wanted.visibility === "private";
  const nowMs = state.now();
  const id = `${owner}/${wanted.name ?? ""}`;
  const there = state.repos.find(id);
  if (there !== null)
    throw new HubError(409, "You already created this dataset repo", {
      fields: { url: `${state.url}/datasets/${there.facts.id}` },
    });
  const repo = state.repos.create({ id, isPrivate, createdMs: nowMs });
  const files = [
    { path: ".gitattributes", bytes: Buffer.from(DEFAULT_GIT_ATTRIBUTES) },
    ...(wanted.files ?? []).map(({ path, content, encoding }) => ({
      path,
      bytes: Buffer.from(content, encoding === "base64" ? "base64" : "utf8"),
    })),
  ];
  const edits = files.map(({ path, bytes }) => ({ path, oid: repo.objects.write("blob", bytes) }));
  repo.commit("main", edits, { author: token.user, message: "initial commit", nowMs });
  return json({ url: `${state.url}/datasets/${repo.facts.id}`, name: repo.facts.id, id: repo.facts.id });
}

/** Removes a repository with all that is in it. */
export function deleteRepo({ state, body, token }: Call): Answer {
  if (token === null) throw notLoggedIn();
  const { name = "", organization } = parseJson(body) as NamedRepo;
  const repo = state.repos.find(`${organization ?? token.user}/${name}`);
  if (repo === null || (repo.facts.isPrivate && !mayUse(token, repo.facts.id, "read"))) throw repoNotFound();
  if (!mayUse(token, repo.facts.id, "write"))
    throw new HubError(403, `You don't have the rights to delete ${repo.facts.id}`);
  state.repos.remove(repo);
  return text("OK");
}

/** Makes a repository private or public. */
export function changeSettings({ repo, body }: RepoCall): Answer {
  const wanted = parseJson(body) as NamedRepo;
  if (wanted.visibility !== undefined && wanted.visibility !== null)
    repo.setPrivate(wanted.visibility === "private");
  else if (typeof wanted.private === "boolean") repo.setPrivate(wanted.private);
  return json({ private: repo.facts.isPrivate });
}

/** The rights were looked at already. */
export function authCheck(): Answer {
  return text("OK");
}
