import { describe, expect, it } from "vitest";
import { HoldfastError } from "../../../src/base/errors.ts";
import { parseS3Address } from "../../../src/stores/s3/address.ts";
import { s3PlaceOf, type S3Place } from "../../../src/stores/s3/place.ts";

function placeOf(url: string, variables: Readonly<Record<string, string>> = {}): S3Place {
  return s3PlaceOf(parseS3Address(url), { variables });
}

const NATIVE = { "if-none-match": "*" };

describe("the place that an address means", () => {
  it.each([
    ["s3://my-bucket/a/b", {}, "https://my-bucket.s3.us-east-1.amazonaws.com/", NATIVE],
    ["S3://my-bucket/", { AWS_REGION: "eu-west-1" }, "https://my-bucket.s3.eu-west-1.amazonaws.com/", NATIVE],
    ["s3://my.bucket", {}, "https://s3.us-east-1.amazonaws.com/my.bucket/", NATIVE],
    ["s3://vault?region=cn-north-1", {}, "https://vault.s3.cn-north-1.amazonaws.com.cn/", NATIVE],
    ["r2://vault", { R2_ACCOUNT_ID: "abc1" }, "https://abc1.r2.cloudflarestorage.com/vault/", NATIVE],
    ["r2://vault?account=abc2", {}, "https://abc2.r2.cloudflarestorage.com/vault/", NATIVE],
    ["b2://vault", { B2_REGION: "us-west-004" }, "https://s3.us-west-004.backblazeb2.com/vault/", null],
    ["minio://nas:9000/vault/x", {}, "https://nas:9000/vault/", NATIVE],
    ["minio://localhost:9000/vault", {}, "http://localhost:9000/vault/", NATIVE],
    [
      "oss://vault?region=oss-cn-hangzhou",
      {},
      "https://vault.s3.oss-cn-hangzhou.aliyuncs.com/",
      { "x-oss-forbid-overwrite": "true" },
    ],
    [
      "cos://vault-125",
      { COS_REGION: "ap-guangzhou" },
      "https://vault-125.cos.ap-guangzhou.myqcloud.com/",
      { "x-cos-forbid-overwrite": "true" },
    ],
    ["s3://vault?endpoint=http://minio:9000", {}, "http://minio:9000/vault/", "ask"],
    ["s3://vault?endpoint=http://minio:9000&create-only=none", {}, "http://minio:9000/vault/", null],
    [
      "s3://vault",
      { AWS_ENDPOINT_URL: "https://s3.b.backblazeb2.com", AWS_REGION: "b" },
      "https://s3.b.backblazeb2.com/vault/",
      null,
    ],
    [
      "r2://vault",
      { R2_ACCOUNT_ID: "a", AWS_ENDPOINT_URL: "https://other" },
      "https://a.r2.cloudflarestorage.com/vault/",
      NATIVE,
    ],
  ] as const)("%s with %j", (url, variables, base, createHeaders) => {
    const place = placeOf(url, variables);
    expect(place.base.href).toBe(base);
    expect(place.createHeaders).toEqual(createHeaders);
  });

  it("is shown without what stands behind the '?'", () => {
    expect(placeOf("s3://vault/a/?region=eu-west-1")).toMatchObject({
      url: "s3://vault/a",
      prefix: "a/",
      region: "eu-west-1",
    });
    expect(placeOf("minio://nas:9000/vault").url).toBe("minio://nas:9000/vault");
  });

  it.each([
    ["s3://", "not complete"],
    ["s3://a", "not complete"],
    ["s3://vault/../x", "not complete"],
    ["s3://hunter2:hunter2@vault/x", "not complete"],
    ["minio://hunter2:hunter2@nas/vault", "not complete"],
    ["s3://vault?secret=hunter2", "stand only"],
    ["s3://vault?region=", "stand only"],
    ["s3://vault?region=a/b", "characters that no region has"],
    ["s3://vault?endpoint=https://u:hunter2@host", "not the address of a server"],
    ["s3://vault?style=hunter2", "'path' or 'virtual'"],
    ["s3://vault?create-only=hunter2", "'native' or 'none'"],
    ["b2://vault", "the region of the bucket is not known"],
    ["r2://vault", "the account that the bucket of Cloudflare R2 belongs to is not known"],
  ])("%s is refused, and not repeated", (url, message) => {
    const refused = (): S3Place => placeOf(url);
    expect(refused).toThrow(HoldfastError);
    expect(refused).toThrow(message);
    try {
      refused();
    } catch (error) {
      expect(error).toMatchObject({ code: "CONFIG" });
      expect(JSON.stringify(error)).not.toContain("hunter2");
    }
  });
});
