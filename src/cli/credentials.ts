import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { WEBDAV_VARIABLES } from "../base/webdav-variables.ts";
import { DRIVE_VARIABLES, type Environment } from "../config/environment.ts";
import { SIDE_PREFIXES, type Side } from "../config/sides.ts";
import type { StoreCredentials } from "../operations/open-repository.ts";

/** Of S3 and its relatives; `docs/stores/s3.md` lists them. */
const OF_S3 = /^(AWS|R2|CLOUDFLARE_ACCOUNT|B2|MINIO|OSS|ALIBABA_CLOUD|COS|TENCENTCLOUD|HF_S3)_/;

/** Variables of stores that are ours: nobody writes `HOLDFAST_` twice to give them to one side of a copy. */
const OUR_FAMILIES = /^(?:WEBDAV|ONEDRIVE|GDRIVE|TOKEN)_/;

/** What opens stores, from the variables that their own programs read. They have no flags: others see those. */
export function credentialsFrom(environment: Environment): StoreCredentials {
  const tokenFile = tokenFileFrom(environment);
  return {
    hub: {
      token: given(environment, "HF_TOKEN"),
      endpoint: given(environment, "HF_ENDPOINT") ?? undefined,
    },
    onedrive: { token: given(environment, DRIVE_VARIABLES.onedriveToken), tokenFile },
    gdrive: { token: given(environment, DRIVE_VARIABLES.gdriveToken), tokenFile },
    s3: { variables: Object.fromEntries(Object.entries(environment).filter(([name]) => OF_S3.test(name))) },
    webdav: webdavFrom(environment),
  };
}

/** Where the tokens of drives are kept: in `HOLDFAST_TOKEN_FILE`, else with this user's configuration. */
export function tokenFileFrom(environment: Environment): string {
  const folder = environment["XDG_CONFIG_HOME"] ?? "";
  return (
    given(environment, DRIVE_VARIABLES.tokenFile) ??
    // The specification of these folders has relative paths ignored.
    join(isAbsolute(folder) ? folder : join(homedir(), ".config"), "holdfast", "tokens.json")
  );
}

/** An empty variable counts as not given. */
export function given(environment: Environment, name: string): string | null {
  const value = environment[name]?.trim() ?? "";
  return value === "" ? null : value;
}

function webdavFrom(environment: Environment): StoreCredentials["webdav"] {
  const exactly = (variable: string): string | null => {
    const value = environment[variable] ?? "";
    return value === "" ? null : value;
  };
  return {
    user: exactly(WEBDAV_VARIABLES.user),
    password: exactly(WEBDAV_VARIABLES.password),
    token: given(environment, WEBDAV_VARIABLES.token),
    allowsHttp: exactly(WEBDAV_VARIABLES.allowsHttp) === "1",
  };
}

/**
 * The variables as one of the two stores of a copy sees them: `HOLDFAST_FROM_AWS_ACCESS_KEY_ID` is its
 * `AWS_ACCESS_KEY_ID`, and `HOLDFAST_FROM_WEBDAV_USER` its `HOLDFAST_WEBDAV_USER`. Where one of a family
 * (`AWS_…`, `HF_…`) is given so, none of the family without the prefix counts: the secrets of two accounts are
 * never mixed.
 */
export function environmentOf(side: Side, environment: Environment): Environment {
  const prefix = SIDE_PREFIXES[side];
  const own = Object.entries(environment)
    .filter(([name, value]) => name.startsWith(prefix) && value !== undefined && value !== "")
    .map(([name, value]) => [nameOf(name.slice(prefix.length)), value] as const);
  const families = new Set(own.map(([name]) => familyOf(name)));
  const shared = Object.entries(environment).filter(([name]) => !families.has(familyOf(name)));
  return Object.fromEntries([...shared, ...own]);
}

function nameOf(inner: string): string {
  return OUR_FAMILIES.test(inner) ? `HOLDFAST_${inner}` : inner;
}

/** `AWS` of `AWS_REGION`, `HOLDFAST_WEBDAV` of `HOLDFAST_WEBDAV_USER`. */
function familyOf(name: string): string {
  return /^(?:HOLDFAST_)?[^_]*/.exec(name)?.[0] ?? name;
}
