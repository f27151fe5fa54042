import { WEBDAV_VARIABLES } from "../base/webdav-variables.ts";
import type { Environment } from "../config/environment.ts";
import { SIDE_PREFIXES, type Side } from "../config/sides.ts";
import type { StoreCredentials } from "../operations/open-repository.ts";

/** Of S3 and its relatives; `docs/stores/s3.md` lists them. */
const OF_S3 = /^(AWS|R2|CLOUDFLARE_ACCOUNT|B2|MINIO|OSS|ALIBABA_CLOUD|COS|TENCENTCLOUD|HF_S3)_/;

/** What opens stores, from the variables that their own programs read. They have no flags: others see those. */
export function credentialsFrom(environment: Environment): StoreCredentials {
  const token = environment["HF_TOKEN"]?.trim() ?? "";
  const endpoint = environment["HF_ENDPOINT"]?.trim() ?? "";
  return {
    hub: { token: token === "" ? null : token, endpoint: endpoint === "" ? undefined : endpoint },
    s3: { variables: Object.fromEntries(Object.entries(environment).filter(([name]) => OF_S3.test(name))) },
    webdav: webdavFrom(environment),
  };
}

function webdavFrom(environment: Environment): StoreCredentials["webdav"] {
  const given = (variable: string): string | null => {
    const value = environment[variable] ?? "";
    return value === "" ? null : value;
  };
  return {
    user: given(WEBDAV_VARIABLES.user),
    password: given(WEBDAV_VARIABLES.password),
    token: given(WEBDAV_VARIABLES.token)?.trim() ?? null,
    allowsHttp: given(WEBDAV_VARIABLES.allowsHttp) === "1",
  };
}

/**
 * The variables as one of the two stores of a copy sees them: `HOLDFAST_FROM_AWS_ACCESS_KEY_ID` is its
 * `AWS_ACCESS_KEY_ID`. Where one of a family (`AWS_…`, `HF_…`) is given so, none of the family without the
 * prefix counts: the secrets of two accounts are never mixed.
 */
export function environmentOf(side: Side, environment: Environment): Environment {
  const prefix = SIDE_PREFIXES[side];
  const own = Object.entries(environment)
    .filter(([name, value]) => name.startsWith(prefix) && value !== undefined && value !== "")
    .map(([name, value]) => [name.slice(prefix.length), value] as const);
  const families = new Set(own.map(([name]) => familyOf(name)));
  const shared = Object.entries(environment).filter(([name]) => !families.has(familyOf(name)));
  return Object.fromEntries([...shared, ...own]);
}

function familyOf(name: string): string {
  return name.split("_", 1)[0] ?? name;
}
