/** What is particular to one provider, as its documents and measurements of others say. */
export interface S3Profile {
  /** What the name of a bucket may stand in. */
  readonly style: "path" | "virtual" | "both";
  /** What stands in the path in front of the bucket; `null` for nothing. */
  readonly namespace: string | null;
  /** The error of the style that is not allowed. */
  readonly styleError: string;
  /** What `If-None-Match: *` does. */
  readonly condition: "native" | "refused";
  /** The header that keeps a write from replacing an object; `null` where there is none. */
  readonly forbidHeader: string | null;
  /** Regions that may sign; `null` for that of the bucket. */
  readonly regions: readonly string[] | null;
  /** Objects lie elsewhere, and a read is sent there. */
  readonly redirectsReads: boolean;
  /** Requests may be signed without the hash of their body. */
  readonly allowsUnsignedPayload: boolean;
  /** Keys that are refused. */
  readonly badKeys: RegExp;
  /** What is said when the quota is used up. */
  readonly full: readonly [number, string, string];
}

const AWS: S3Profile = {
  style: "both",
  namespace: null,
  styleError: "",
  condition: "native",
  forbidHeader: null,
  regions: null,
  redirectsReads: false,
  allowsUnsignedPayload: true,
  badKeys: /^$/,
  full: [403, "QuotaExceeded", "The quota of this account is used up."],
};

/** The name of a provider. */
export type ProfileName = "aws" | "r2" | "minio" | "b2" | "oss" | "cos" | "hf";

/** By provider. */
export const PROFILES: Readonly<Record<ProfileName, S3Profile>> = {
  aws: AWS,
  r2: { ...AWS, regions: ["auto", "us-east-1"], allowsUnsignedPayload: false },
  minio: {
    ...AWS,
    style: "path",
    badKeys: /(^|\/)\.{1,2}(\/|$)|\/\//,
    allowsUnsignedPayload: false,
    full: [507, "XMinioStorageFull", "Storage backend has reached its minimum free drive threshold."],
  },
  b2: {
    ...AWS,
    condition: "refused",
    allowsUnsignedPayload: false,
    full: [403, "AccessDenied", "Cannot upload files, storage cap exceeded. See the Caps & Alerts page."],
  },
  oss: {
    ...AWS,
    style: "virtual",
    styleError: "SecondLevelDomainForbidden",
    condition: "refused",
    forbidHeader: "x-oss-forbid-overwrite",
    badKeys: /^[/\\]/,
  },
  cos: {
    ...AWS,
    style: "virtual",
    styleError: "PathStyleDomainForbidden",
    condition: "refused",
    forbidHeader: "x-cos-forbid-overwrite",
  },
  hf: {
    ...AWS,
    style: "path",
    namespace: "alice",
    regions: ["us-east-1"],
    redirectsReads: true,
    badKeys: /^\/|\/$|\/\/|(^|\/)\.\.?(\/|$)|[\\\0]/,
  },
};
