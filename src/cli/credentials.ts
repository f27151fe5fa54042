import { WEBDAV_VARIABLES } from "../base/webdav-variables.ts";
import type { Environment } from "../config/environment.ts";
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
