import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { DRIVE_VARIABLES, type Environment } from "../config/environment.ts";
import type { StoreCredentials } from "../operations/open-repository.ts";

/** Of S3 and its relatives; `docs/stores/s3.md` lists them. */
const OF_S3 = /^(AWS|R2|CLOUDFLARE_ACCOUNT|B2|MINIO|OSS|ALIBABA_CLOUD|COS|TENCENTCLOUD|HF_S3)_/;

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
