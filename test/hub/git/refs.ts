import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

/** Where the names of commits are kept. */
export type RefKind = "heads" | "tags";

/** The branches and tags of a bare repository, a file each. */
export class Refs {
  readonly #folder: string;

  /** @param folder the bare repository, which is made when it is missing */
  constructor(folder: string) {
    this.#folder = folder;
    if (existsSync(join(folder, "HEAD"))) return;
    for (const part of ["objects", "refs/heads", "refs/tags"])
      mkdirSync(join(folder, part), { recursive: true });
    writeFileSync(join(folder, "config"), "[core]\n\trepositoryformatversion = 0\n\tbare = true\n");
    writeFileSync(join(folder, "HEAD"), "ref: refs/heads/main\n");
  }

  get(kind: RefKind, name: string): string | null {
    const path = this.#pathOf(kind, name);
    return existsSync(path) && statSync(path).isFile() ? readFileSync(path, "utf8").trim() : null;
  }

  set(kind: RefKind, name: string, oid: string): void {
    const path = this.#pathOf(kind, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.new`, `${oid}\n`);
    renameSync(`${path}.new`, path);
  }

  remove(kind: RefKind, name: string): void {
    rmSync(this.#pathOf(kind, name), { force: true });
  }

  list(kind: RefKind): { readonly name: string; readonly oid: string }[] {
    const folder = join(this.#folder, "refs", kind);
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => !name.endsWith(".new") && statSync(join(folder, name)).isFile())
      .toSorted()
      .map((name) => ({ name, oid: readFileSync(join(folder, name), "utf8").trim() }));
  }

  #pathOf(kind: RefKind, name: string): string {
    const segments = name.split("/");
    if (segments.some((segment) => segment === "" || segment.startsWith(".")))
      throw new Error(`not a name of a ref: ${name}`);
    return join(this.#folder, "refs", kind, ...segments);
  }
}
