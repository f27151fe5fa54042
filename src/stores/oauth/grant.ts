import { createHash } from "node:crypto";
import { HoldfastError } from "../../base/errors.ts";
import type { DriveApp } from "./access.ts";
import type { DriveKind, Provider } from "./provider.ts";

/** What a person has granted an app: enough to come back without the person. */
export interface Grant extends DriveApp {
  readonly refreshToken: string;
  /** When the provider gave the refresh token; milliseconds since 1970. */
  readonly givenMs: number;
  /** When it ends, where the provider says so; milliseconds since 1970. */
  readonly endsMs: number | null;
}

const LINE = /^holdfast-(onedrive|gdrive)-1\.([\w-]+)$/;

/** A grant as one line, for the secret of a host. */
export function lineOf(kind: DriveKind, grant: Grant): string {
  return `holdfast-${kind}-1.${Buffer.from(JSON.stringify(grant)).toString("base64url")}`;
}

/** Names a line without telling what is in it. */
export function fingerprintOf(line: string): string {
  return createHash("sha256").update(line.trim()).digest("hex");
}

/**
 * The grant in a line.
 *
 * @throws {HoldfastError} `CONFIG` when it is none of ours; the message does not repeat it
 */
export function parseLine(provider: Provider, line: string): Grant {
  const [, kind, packed] = LINE.exec(line.trim()) ?? [];
  const grant = packed === undefined ? null : grantOf(textOrNull(packed));
  if (kind === provider.kind && grant !== null) return grant;
  const isServiceAccount = /service_account/.test(line);
  throw new HoldfastError({
    code: "CONFIG",
    message: isServiceAccount
      ? `the variable ${provider.tokenVariable} holds the key of a service account, which has no storage of its own`
      : `the variable ${provider.tokenVariable} does not hold a line from holdfast init ${provider.kind} --print`,
    hint: `sign in as a person, and copy the whole line, with: holdfast init ${provider.kind} --print`,
  });
}

/** A grant as it was read from outside; `null` when it is none. */
export function grantOf(value: unknown): Grant | null {
  const { clientId, clientSecret, refreshToken, givenMs, endsMs } = (value ?? {}) as Record<string, unknown>;
  if (!isToken(clientId) || !isToken(refreshToken) || typeof givenMs !== "number") return null;
  return {
    clientId,
    clientSecret: isToken(clientSecret) ? clientSecret : null,
    refreshToken,
    givenMs,
    endsMs: typeof endsMs === "number" ? endsMs : null,
  };
}

function isToken(value: unknown): value is string {
  return typeof value === "string" && /^[\x21-\x7e]+$/.test(value);
}

function textOrNull(packed: string): unknown {
  try {
    return JSON.parse(Buffer.from(packed, "base64url").toString("utf8")) as unknown;
  } catch {
    return null;
  }
}
