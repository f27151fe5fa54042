import { rmSync } from "node:fs";
import { join } from "node:path";
import { HubError } from "./hub-error.ts";
import { Repo, type RepoFacts } from "./repo.ts";

const NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?$/;

/** All repositories below a folder. Whatever the case of a name, it is the same one. */
export class Repos {
  readonly #folder: string;
  readonly #open = new Map<string, Repo>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  find(id: string): Repo | null {
    const key = id.toLowerCase();
    const open = this.#open.get(key);
    if (open !== undefined) return open;
    if (!isId(id) || !Repo.exists(join(this.#folder, key))) return null;
    const repo = new Repo(join(this.#folder, key));
    this.#open.set(key, repo);
    return repo;
  }

  /**
   * @param facts of a repository that is not there yet
   * @throws {HubError} 400 for a bad name
   */
  create(facts: RepoFacts): Repo {
    if (!isId(facts.id)) throw new HubError(400, `Invalid repo name: ${facts.id}`);
    const key = facts.id.toLowerCase();
    const repo = new Repo(join(this.#folder, key), facts);
    this.#open.set(key, repo);
    return repo;
  }

  remove(repo: Repo): void {
    this.#open.delete(repo.facts.id.toLowerCase());
    rmSync(repo.folder, { recursive: true });
  }
}

function isId(id: string): boolean {
  const names = id.split("/");
  return names.length === 2 && names.every((name) => NAME.test(name) && !name.includes(".."));
}
