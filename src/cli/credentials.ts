import type { Environment } from "../config/environment.ts";
import type { StoreCredentials } from "../operations/open-repository.ts";

/** What opens stores, from the variables that their own programs read. They have no flags: others see those. */
export function credentialsFrom(environment: Environment): StoreCredentials {
  const token = environment["HF_TOKEN"]?.trim() ?? "";
  const endpoint = environment["HF_ENDPOINT"]?.trim() ?? "";
  return {
    hub: { token: token === "" ? null : token, endpoint: endpoint === "" ? undefined : endpoint },
  };
}
