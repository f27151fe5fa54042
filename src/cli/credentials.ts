import { WEBDAV_VARIABLES } from "../base/webdav-variables.ts";
import type { Environment } from "../config/environment.ts";
import type { StoreCredentials } from "../operations/open-repository.ts";

/** What opens stores, from the variables that their own programs read. They have no flags: others see those. */
export function credentialsFrom(environment: Environment): StoreCredentials {
  const token = environment["HF_TOKEN"]?.trim() ?? "";
  const endpoint = environment["HF_ENDPOINT"]?.trim() ?? "";
  return {
    hub: { token: token === "" ? null : token, endpoint: endpoint === "" ? undefined : endpoint },
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
