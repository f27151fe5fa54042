/** What opens S3 and its relatives; never part of an address. */
export interface S3Access {
  /**
   * Keys, regions and endpoints, by the names that the programs of each provider read, such as
   * `AWS_ACCESS_KEY_ID`; `presets.ts` lists them. Others are not looked at.
   */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** What signs requests. */
export interface S3Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** With keys that expire. */
  readonly sessionToken?: string | undefined;
}

/** The value of the first of these variables that is set and not empty. */
export function variableOf({ variables }: S3Access, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = variables[name]?.trim() ?? "";
    if (value !== "") return value;
  }
  return undefined;
}
