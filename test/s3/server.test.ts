import { AwsV4Signer } from "aws4fetch";
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type S3Server, startS3 } from "./server.ts";

interface Attempt {
  readonly headers?: Readonly<Record<string, string>>;
  /** Added after the request was signed. */
  readonly late?: Readonly<Record<string, string>>;
  readonly region?: string;
  readonly secret?: string;
  readonly sentPath?: string;
}

const BODY = "content";
const HASH = createHash("sha256").update(BODY).digest("hex");

/** The code that a PUT is answered with; '' when it is done. */
async function put(server: S3Server, attempt: Attempt): Promise<string> {
  const { headers = {}, late = {}, region = "eu-west-1", secret = "alice/secret+key=" } = attempt;
  const signer = new AwsV4Signer({
    method: "PUT",
    url: `${server.url}/vault/a/b`,
    headers: { "x-amz-content-sha256": HASH, ...headers },
    accessKeyId: "alice",
    secretAccessKey: secret,
    service: "s3",
    region,
  });
  const signed = await signer.sign();
  for (const [name, value] of Object.entries(late)) signed.headers.set(name, value);
  const url = new URL(attempt.sentPath ?? signed.url.pathname, server.url);
  const response = await fetch(url, { method: "PUT", headers: signed.headers, body: BODY });
  return /<Code>(\w+)<\/Code>/.exec(await response.text())?.[1] ?? "";
}

describe("the stand-in refuses", () => {
  it.each([
    ["nothing, when all is as it should be", {}, ""],
    ["another secret", { secret: "hunter2" }, "SignatureDoesNotMatch"],
    ["another path than the one that was signed", { sentPath: "/vault/a/c" }, "SignatureDoesNotMatch"],
    ["another region", { region: "us-east-1" }, "AuthorizationHeaderMalformed"],
    [
      "the hash of another body",
      { headers: { "x-amz-content-sha256": "0".repeat(64) } },
      "XAmzContentSHA256Mismatch",
    ],
    [
      "a hash that was changed after it was signed",
      { late: { "x-amz-content-sha256": "0".repeat(64) } },
      "XAmzContentSHA256Mismatch",
    ],
    ["a header that is not signed", { late: { "x-amz-meta-a": "1" } }, "AccessDenied"],
    [
      "a body in signed pieces",
      { headers: { "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" } },
      "NotImplemented",
    ],
    [
      "a body without a hash",
      { headers: { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" } },
      "XAmzContentSHA256Mismatch",
    ],
  ] as const)("%s", async (_, attempt, code) => {
    await using server = await startS3({ profile: "minio" });
    expect(await put(server, attempt)).toBe(code);
    expect(server.buckets.get("vault")?.objects.size).toBe(code === "" ? 1 : 0);
  });
});
