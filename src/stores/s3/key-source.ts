import { HoldfastError, isHoldfastError } from "../../base/errors.ts";
import { type S3Access, type S3Keys, variableOf } from "./access.ts";
import type { KeyVariables, S3Preset } from "./presets.ts";

/** Where keys come from, which may be others an hour later. */
export interface KeySource {
  /** @throws {HoldfastError} `STORE_AUTH`, `CONFIG`; an unreachable source of keys is `STORE_UNREACHABLE` */
  current(): Promise<S3Keys>;
  /** Others, after the server has called them expired; `null` where there are no others. */
  renewed(): Promise<S3Keys | null>;
}

/** Finds keys as the tools of AWS do; `forceRefresh` asks for others than those it remembers. */
export type KeyProvider = (options?: { readonly forceRefresh?: boolean }) => Promise<S3Keys>;

const PACKAGE = "@aws-sdk/credential-provider-node";
/** What no key has, and no header can carry. */
const KEY = /^[\x21-\x7e]+$/;

/** Which profile of those in the files of Amazon; its programs' own choice when left out. */
export interface ProfileChoice {
  readonly profile?: string;
}

/**
 * The keys for a provider: those of its variables, else, for Amazon, what profiles, containers, instances
 * and web identities give.
 *
 * @param loadProvider where the latter come from; the package of AWS when left out
 */
export function keySourceOf(
  preset: S3Preset,
  access: S3Access,
  loadProvider: (choice: ProfileChoice) => Promise<KeyProvider> = loadAwsProvider,
): KeySource {
  const keys = keysIn(preset, access);
  if (keys !== null) return { current: async () => checked(keys), renewed: async () => null };
  if (!preset.hasRoles) {
    return {
      current: async () => {
        throw noKeys(preset);
      },
      renewed: async () => null,
    };
  }
  let provider: Promise<KeyProvider> | null = null;
  const ask = async (options?: { readonly forceRefresh: boolean }): Promise<S3Keys> => {
    provider ??= loadProvider(profileIn(access));
    const provide = await provider;
    return checked(await provide(options).catch(refuse));
  };
  return { current: () => ask(), renewed: () => ask({ forceRefresh: true }) };
}

/** Whether there are keys in the variables of a preset. */
export function hasKeys(preset: S3Preset, access: S3Access): boolean {
  return keysIn(preset, access) !== null;
}

function keysIn(preset: S3Preset, access: S3Access): S3Keys | null {
  for (const { id, secret, token, begins = "" } of preset.keys) {
    const accessKeyId = variableOf(access, [id]);
    const secretAccessKey = variableOf(access, [secret]);
    if (accessKeyId === undefined || secretAccessKey === undefined) continue;
    if (!accessKeyId.startsWith(begins)) continue;
    const sessionToken = token === undefined ? undefined : variableOf(access, [token]);
    return { accessKeyId, secretAccessKey, sessionToken };
  }
  return null;
}

/** Not left to the package, which reads the environment: each side of a copy may have another one. */
function profileIn(access: S3Access): ProfileChoice {
  const profile = variableOf(access, ["AWS_PROFILE"]);
  return profile === undefined ? {} : { profile };
}

function checked(keys: S3Keys): S3Keys {
  const { accessKeyId, secretAccessKey, sessionToken = "-" } = keys;
  if ([accessKeyId, secretAccessKey, sessionToken].every((text) => KEY.test(text))) return keys;
  throw new HoldfastError({
    code: "CONFIG",
    message: "the keys of the bucket have characters that no keys have",
    hint: "copy them again, without quotation marks and line breaks",
  });
}

/** Loaded only where no keys are in the environment: it is large. */
async function loadAwsProvider(choice: ProfileChoice): Promise<KeyProvider> {
  try {
    const { defaultProvider } = await import("@aws-sdk/credential-provider-node");
    return defaultProvider(choice);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new HoldfastError({
      code: "CONFIG",
      message:
        "there are no keys in the environment, and what finds those of a profile or a role is not installed",
      hint: `set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; or, for a profile or a role: npm install ${PACKAGE}`,
    });
  }
}

/** What the package says may quote a file of secrets, so only its kind is told. */
function refuse(error: unknown): never {
  if (isHoldfastError(error)) throw error;
  const { name, tryNextLink } = error as { readonly name?: string; readonly tryNextLink?: boolean };
  const mayPass = tryNextLink !== true && /timeout|network|connect/i.test(String(name));
  throw new HoldfastError({
    code: mayPass ? "STORE_UNREACHABLE" : "STORE_AUTH",
    message: `no keys for the bucket were found: neither in the environment, nor in a profile, nor from a role (${String(name)})`,
    hint: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; on a machine of AWS, look whether it has a role",
  });
}

function noKeys({ keys, name, console }: S3Preset): HoldfastError {
  return new HoldfastError({
    code: "STORE_AUTH",
    message: `there are no keys for the bucket at ${name}`,
    hint: `set ${keys.map(namesOf).join(", or ")}; they are made at ${console}`,
  });
}

function namesOf({ id, secret, begins }: KeyVariables): string {
  return `${id} and ${secret}${begins === undefined ? "" : ` (${begins}…)`}`;
}
