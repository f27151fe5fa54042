import type { ObjectStore } from "./objects.ts";

/** A commit; times in seconds since 1970. */
export interface Commit {
  readonly tree: string;
  readonly parent: string | null;
  readonly author: string;
  readonly authoredSeconds: number;
  readonly committedSeconds: number;
  /** The first line is the title. */
  readonly message: string;
}

/** A commit and its name. */
export interface NamedCommit extends Commit {
  readonly oid: string;
}

/** @returns the name of the commit */
export function writeCommit(objects: ObjectStore, commit: Commit): string {
  const person = `${commit.author} <${commit.author}@users.noreply.example>`;
  const lines = [
    `tree ${commit.tree}`,
    ...(commit.parent === null ? [] : [`parent ${commit.parent}`]),
    `author ${person} ${commit.authoredSeconds} +0000`,
    `committer ${person} ${commit.committedSeconds} +0000`,
    "",
    `${commit.message}\n`,
  ];
  return objects.write("commit", Buffer.from(lines.join("\n")));
}

/** Reads a commit that {@link writeCommit} wrote. */
export function readCommit(objects: ObjectStore, oid: string): NamedCommit {
  const text = objects.read(oid).bytes.toString();
  const end = text.indexOf("\n\n");
  const field = (name: string): string | undefined =>
    new RegExp(`^${name} (.*)$`, "m").exec(text.slice(0, end))?.[1];
  const seconds = (name: string): number => Number(/ (\d+) \+0000$/.exec(field(name) ?? "")?.[1]);
  return {
    oid,
    tree: field("tree") ?? "",
    parent: field("parent") ?? null,
    author: /^(.*) <[^>]*> \d+ \+0000$/.exec(field("author") ?? "")?.[1] ?? "",
    authoredSeconds: seconds("author"),
    committedSeconds: seconds("committer"),
    message: text.slice(end + 2).replace(/\n$/, ""),
  };
}

/** A commit and those before it, newest first. */
export function* history(objects: ObjectStore, head: string): Generator<NamedCommit> {
  for (let oid: string | null = head; oid !== null;) {
    const commit = readCommit(objects, oid);
    yield commit;
    oid = commit.parent;
  }
}
