import { mayCreate, mayUse } from "../accounts.ts";
import { type Answer, type Call, json, parseJson } from "../call.ts";
import { HubError, notLoggedIn, repoNotFound } from "../hub-error.ts";

/** Makes, describes or removes a bucket. Its content is out of reach here: that needs Xet. */
export function bucket(call: Call, owner: string, name: string): Answer {
  const { state, method, token, body } = call;
  const namespace = owner === "me" ? (token?.user ?? owner) : owner;
  const key = `${namespace}/${name}`;
  const found = state.buckets.find(key);
  if (method === "POST") {
    if (token === null) throw notLoggedIn();
    if (!mayCreate(token, namespace)) throw new HubError(403, "You don't have the rights to create a bucket");
    if (found !== null) throw new HubError(409, "You already created this bucket");
    const wanted = (body.length === 0 ? {} : parseJson(body)) as { private?: boolean; visibility?: string };
    const isPrivate = wanted.private === true || wanted.visibility === "private";
    state.buckets.set({ id: key, isPrivate, createdMs: state.now() });
    return json({ url: `${state.url}/buckets/${key}`, id: key });
  }
  if (token === null && found?.isPrivate !== false) throw notLoggedIn();
  if (found === null) throw repoNotFound();
  if (token !== null && found.isPrivate && !mayUse(token, found.id, "read")) throw repoNotFound();
  if (method === "DELETE") {
    if (token === null) throw notLoggedIn();
    if (!mayUse(token, found.id, "write"))
      throw new HubError(403, "You have read access but not the required permissions for this operation");
    state.buckets.remove(key);
    return { status: 200 };
  }
  const { id, isPrivate, createdMs } = found;
  const createdAt = new Date(createdMs).toISOString();
  return json({ id, private: isPrivate, createdAt, size: 0, totalFiles: 0 });
}
