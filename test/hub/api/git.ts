import { existsSync, readFileSync } from "node:fs";
import { type Answer, type RepoCall, text } from "../call.ts";
import { HubError } from "../hub-error.ts";

/** Git's protocol of plain files ("dumb HTTP"), for `git clone`. */
export function gitFile({ repo, args }: RepoCall): Answer {
  const [path = ""] = args;
  if (path === "HEAD") return text("ref: refs/heads/main\n");
  if (path === "info/refs") {
    const lines = (["heads", "tags"] as const).flatMap((kind) =>
      repo.refs.list(kind).map(({ name, oid }) => `${oid}\trefs/${kind}/${name}\n`),
    );
    return text(lines.join(""));
  }
  const [, folder = "", rest = ""] = /^objects\/([0-9a-f]{2})\/([0-9a-f]{38})$/.exec(path) ?? [];
  const file = repo.objects.pathOf(`${folder}${rest}`);
  if (folder === "" || !existsSync(file)) throw new HubError(404, "Not found");
  return {
    status: 200,
    headers: { "content-type": "application/x-git-loose-object" },
    body: readFileSync(file),
  };
}
