import type { NamedCommit } from "./git/commits.ts";
import type { LfsObject } from "./lfs.ts";
import type { Repo, RepoFile } from "./repo.ts";

/** A dataset as it is now. */
export interface InspectedRepo {
  readonly id: string;
  readonly isPrivate: boolean;
  /** The newest commit of `main`. */
  readonly head: string;
  /** The folder of the bare repository of git. */
  readonly gitFolder: string;
  /** Those at the head, in the order of git's trees. */
  files(): RepoFile[];
  /** The content of a file at the head, wherever it is kept. Throws when there is none. */
  read(path: string): Buffer;
  /** Those of `main`, newest first. */
  commits(): NamedCommit[];
  /** All that were pushed and not deleted. */
  lfsObjects(): LfsObject[];
  setPrivate(isPrivate: boolean): void;
}

/** Looks into a repository. */
export function inspect(repo: Repo): InspectedRepo {
  const head = (): NamedCommit => repo.resolve("main");
  return {
    get id() {
      return repo.facts.id;
    },
    get isPrivate() {
      return repo.facts.isPrivate;
    },
    get head() {
      return head().oid;
    },
    gitFolder: `${repo.folder}/git`,
    files: () =>
      [...repo.walk(head())].filter(({ isFolder }) => !isFolder).map((entry) => repo.describe(entry)),
    read: (path) => {
      const file = repo.file(head(), path);
      return file.lfs === null ? repo.blob(file.oid) : repo.lfs.read(file.lfs.oid);
    },
    commits: () => [...repo.history(head().oid)],
    lfsObjects: () => repo.lfs.list(),
    setPrivate: (isPrivate) => repo.setPrivate(isPrivate),
  };
}
