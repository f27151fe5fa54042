/** The names of the variables that hold a pair of keys. */
export interface KeyVariables {
  readonly id: string;
  readonly secret: string;
  readonly token?: string;
  /** Only a key that begins so is one of this provider. */
  readonly begins?: string;
}

/** What the provider calls the four rights that are needed. */
export interface Rights {
  readonly list: string;
  readonly read: string;
  readonly write: string;
  readonly remove: string;
}

/** Headers with which a write does not replace a file; `null` where there is no such thing. */
export type CreateHeaders = Readonly<Record<string, string>> | null;

/** What is particular to one provider of S3. */
export interface S3Preset {
  /** For people. */
  readonly name: string;
  /**
   * Where it is, with `{region}` and `{account}`; the first line whose pattern the region matches. Empty
   * where the address names the host.
   */
  readonly endpoints: readonly (readonly [RegExp, string])[];
  /** Endpoints of this provider, whatever the scheme of the address. */
  readonly hosts: RegExp;
  readonly regionVariables: readonly string[];
  /** When no region is named; `null` when one has to be. */
  readonly region: string | null;
  readonly endpointVariables: readonly string[];
  /** Whose bucket it is, where the endpoint has that in its name. */
  readonly accountVariables: readonly string[];
  /** The bucket is the first segment of the path, or the first label of the host. */
  readonly style: "path" | "virtual";
  /** `ask`: by trying it once. */
  readonly createHeaders: CreateHeaders | "ask";
  readonly keys: readonly KeyVariables[];
  /** Keys may also come from profiles and roles. */
  readonly hasRoles: boolean;
  readonly rights: Rights;
  /** Where keys and buckets are made. */
  readonly console: string;
}

const NATIVE: CreateHeaders = { "if-none-match": "*" };
const AWS_KEYS: KeyVariables = {
  id: "AWS_ACCESS_KEY_ID",
  secret: "AWS_SECRET_ACCESS_KEY",
  token: "AWS_SESSION_TOKEN",
};
const S3_RIGHTS: Rights = {
  list: "s3:ListBucket",
  read: "s3:GetObject",
  write: "s3:PutObject",
  remove: "s3:DeleteObject",
};
const USUAL = {
  regionVariables: ["AWS_REGION", "AWS_DEFAULT_REGION"],
  endpointVariables: [],
  accountVariables: [],
  style: "path",
  createHeaders: NATIVE,
  hasRoles: false,
  rights: S3_RIGHTS,
} as const satisfies Partial<S3Preset>;

/** Amazon, and the scheme for every server that speaks S3. */
const S3: S3Preset = {
  ...USUAL,
  name: "Amazon S3",
  endpoints: [
    [/^cn-/, "https://s3.{region}.amazonaws.com.cn"],
    [/./, "https://s3.{region}.amazonaws.com"],
  ],
  hosts: /(^|\.)amazonaws\.com(\.cn)?$/,
  endpointVariables: ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"],
  region: "us-east-1",
  style: "virtual",
  keys: [AWS_KEYS],
  hasRoles: true,
  console: "https://console.aws.amazon.com/s3",
};

/** By the scheme of the address. */
export const PRESETS: Readonly<Record<string, S3Preset>> = {
  s3: S3,
  r2: {
    ...USUAL,
    name: "Cloudflare R2",
    endpoints: [[/./, "https://{account}.r2.cloudflarestorage.com"]],
    hosts: /(^|\.)r2\.cloudflarestorage\.com$/,
    endpointVariables: ["R2_ENDPOINT"],
    accountVariables: ["R2_ACCOUNT_ID", "CLOUDFLARE_ACCOUNT_ID"],
    regionVariables: [],
    region: "auto",
    keys: [{ id: "R2_ACCESS_KEY_ID", secret: "R2_SECRET_ACCESS_KEY" }, AWS_KEYS],
    rights: {
      list: "Object Read",
      read: "Object Read",
      write: "Object Read & Write",
      remove: "Object Read & Write",
    },
    console: "https://dash.cloudflare.com/?to=/:account/r2",
  },
  b2: {
    ...USUAL,
    name: "Backblaze B2",
    endpoints: [[/./, "https://s3.{region}.backblazeb2.com"]],
    hosts: /(^|\.)backblazeb2\.com$/,
    endpointVariables: ["B2_ENDPOINT"],
    regionVariables: ["B2_REGION"],
    region: null,
    // It answers 501 to a condition.
    createHeaders: null,
    keys: [{ id: "B2_APPLICATION_KEY_ID", secret: "B2_APPLICATION_KEY" }, AWS_KEYS],
    rights: { list: "listFiles", read: "readFiles", write: "writeFiles", remove: "deleteFiles" },
    console: "https://secure.backblaze.com/b2_buckets.htm",
  },
  minio: {
    ...USUAL,
    name: "MinIO",
    endpoints: [],
    hosts: /^$/,
    region: "us-east-1",
    keys: [
      { id: "MINIO_ACCESS_KEY", secret: "MINIO_SECRET_KEY" },
      { id: "MINIO_ROOT_USER", secret: "MINIO_ROOT_PASSWORD" },
      AWS_KEYS,
    ],
    console: "the console of your server",
  },
  oss: {
    ...USUAL,
    name: "Alibaba Cloud OSS",
    endpoints: [[/./, "https://s3.oss-{region}.aliyuncs.com"]],
    hosts: /(^|\.)aliyuncs\.com$/,
    endpointVariables: ["OSS_ENDPOINT"],
    regionVariables: ["OSS_REGION", "ALIBABA_CLOUD_REGION_ID"],
    region: null,
    style: "virtual",
    createHeaders: { "x-oss-forbid-overwrite": "true" },
    keys: [
      { id: "OSS_ACCESS_KEY_ID", secret: "OSS_ACCESS_KEY_SECRET", token: "OSS_SESSION_TOKEN" },
      {
        id: "ALIBABA_CLOUD_ACCESS_KEY_ID",
        secret: "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
        token: "ALIBABA_CLOUD_SECURITY_TOKEN",
      },
    ],
    rights: {
      list: "oss:ListObjects",
      read: "oss:GetObject",
      write: "oss:PutObject",
      remove: "oss:DeleteObject",
    },
    console: "https://oss.console.aliyun.com",
  },
  cos: {
    ...USUAL,
    name: "Tencent Cloud COS",
    endpoints: [[/./, "https://cos.{region}.myqcloud.com"]],
    hosts: /(^|\.)myqcloud\.com$/,
    endpointVariables: ["COS_ENDPOINT"],
    regionVariables: ["COS_REGION", "TENCENTCLOUD_REGION"],
    region: null,
    style: "virtual",
    createHeaders: { "x-cos-forbid-overwrite": "true" },
    keys: [
      { id: "COS_SECRET_ID", secret: "COS_SECRET_KEY", token: "COS_SESSION_TOKEN" },
      { id: "TENCENTCLOUD_SECRET_ID", secret: "TENCENTCLOUD_SECRET_KEY", token: "TENCENTCLOUD_TOKEN" },
    ],
    rights: {
      list: "cos:GetBucket",
      read: "cos:GetObject",
      write: "cos:PutObject",
      remove: "cos:DeleteObject",
    },
    console: "https://console.cloud.tencent.com/cos",
  },
};

/** The S3 gateway of the Hugging Face Hub; the namespace follows. */
export const HUB_GATEWAY = "https://s3.hf.co";

/** Buckets of the Hub, behind its gateway. */
export const HUB_BUCKETS: S3Preset = {
  ...USUAL,
  name: "the Hugging Face Hub",
  endpoints: [],
  hosts: /(^|\.)s3\.hf\.co$/,
  endpointVariables: ["HF_S3_ENDPOINT"],
  regionVariables: [],
  region: "us-east-1",
  keys: [
    { id: "HF_S3_ACCESS_KEY_ID", secret: "HF_S3_SECRET_ACCESS_KEY" },
    { ...AWS_KEYS, begins: "HFAK" },
  ],
  rights: { list: "read", read: "read", write: "write", remove: "write" },
  console: "https://huggingface.co/settings/tokens",
};

/** Any other server that speaks S3: what it can do is asked. */
export const UNKNOWN_SERVER: S3Preset = {
  ...S3,
  name: "the server",
  style: "path",
  createHeaders: "ask",
  console: "the console of your server",
};
