import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { HubError } from "./hub-error.ts";

/** What a token of the kind `fineGrained` may do with a repository, or with all of a user or organization. */
export interface TokenScope {
  /** `alice/vault`, or `alice` for all that is hers. */
  readonly name: string;
  readonly permissions: readonly ("repo.content.read" | "repo.write")[];
}

/** What a token may do. */
export type TokenRole = "read" | "write" | "fineGrained";

/** A token and whose it is. */
export interface Token {
  readonly token: string;
  readonly user: string;
  readonly role: TokenRole;
  readonly scopes: readonly TokenScope[];
}

interface Saved {
  /** Signs the addresses of the second origin. */
  readonly secret: string;
  readonly users: readonly string[];
  readonly tokens: readonly Token[];
}

/** Users and tokens, kept in one file. */
export class Accounts {
  readonly #path: string;
  #saved: Saved;

  constructor(path: string) {
    this.#path = path;
    this.#saved = existsSync(path)
      ? (JSON.parse(readFileSync(path, "utf8")) as Saved)
      : { secret: randomBytes(32).toString("hex"), users: [], tokens: [] };
    this.#save();
  }

  get secret(): string {
    return this.#saved.secret;
  }

  get tokens(): readonly Token[] {
    return this.#saved.tokens;
  }

  addUser(name: string): void {
    if (this.#saved.users.includes(name)) return;
    this.#saved = { ...this.#saved, users: [...this.#saved.users, name] };
    this.#save();
  }

  addToken(options: Omit<Token, "token">): string {
    if (!this.#saved.users.includes(options.user)) throw new Error(`no user is called ${options.user}`);
    const token = `hf_${randomBytes(24).toString("base64url").replaceAll(/[-_]/g, "x")}`;
    this.#saved = { ...this.#saved, tokens: [...this.#saved.tokens, { token, ...options }] };
    this.#save();
    return token;
  }

  /**
   * Whose request this is; `null` for nobody's. The name of a user is not looked at, as git sends one.
   *
   * @throws {HubError} 401 when a token is sent that is none
   */
  identify(authorization: string | undefined): Token | null {
    if (authorization === undefined) return null;
    const sent = /^Bearer (\S+)$/i.exec(authorization)?.[1] ?? passwordOf(authorization);
    const token = this.#saved.tokens.find((candidate) => candidate.token === sent);
    if (token === undefined) throw new HubError(401, "Invalid credentials in Authorization header");
    return token;
  }

  #save(): void {
    mkdirSync(dirname(this.#path), { recursive: true });
    writeFileSync(`${this.#path}.new`, JSON.stringify(this.#saved, null, 2), { mode: 0o600 });
    renameSync(`${this.#path}.new`, this.#path);
  }
}

/** Whether a token may read a private repository, or write to one, called `ns/name`. */
export function mayUse(token: Token, repo: string, kind: "read" | "write"): boolean {
  const owner = repo.split("/")[0] ?? "";
  if (token.role !== "fineGrained")
    return same(token.user, owner) && (kind === "read" || token.role === "write");
  return token.scopes.some(
    ({ name, permissions }) =>
      (same(name, repo) || same(name, owner)) &&
      (permissions.includes("repo.write") || (kind === "read" && permissions.includes("repo.content.read"))),
  );
}

/** Whether a token may make repositories called `owner/…`. */
export function mayCreate(token: Token, owner: string): boolean {
  return mayUse(token, `${owner}/`, "write");
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function passwordOf(authorization: string): string | undefined {
  const text = /^Basic (\S+)$/i.exec(authorization)?.[1];
  if (text === undefined) return undefined;
  const pair = Buffer.from(text, "base64").toString();
  return pair.slice(pair.indexOf(":") + 1);
}
