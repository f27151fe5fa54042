import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import { startS3, type S3Server } from "./server.ts";

const ODD = "odd/ü ~!'()*+=&?#%.bin";

function clientFor(server: S3Server): S3Client {
  const { id, secret } = server.accounts.get("alice") ?? { id: "", secret: "" };
  return new S3Client({
    endpoint: server.url,
    region: "eu-west-1",
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: id, secretAccessKey: secret },
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
}

describe("the stand-in, by the official client of AWS", () => {
  it("takes its signatures, whatever the name of the object", async () => {
    await using server = await startS3({ profile: "aws", pageSize: 2 });
    const client = clientFor(server);
    const Bucket = "vault";
    for (const Key of [ODD, "a/b", "a/c"])
      await client.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.from(Key) }));
    const got = await client.send(new GetObjectCommand({ Bucket, Key: ODD, Range: "bytes=4-5" }));
    expect(Buffer.from((await got.Body?.transformToByteArray()) ?? [])).toEqual(
      Buffer.from(ODD).subarray(4, 6),
    );
    const keys: (string | undefined)[] = [];
    for await (const page of paginateListObjectsV2({ client }, { Bucket }))
      keys.push(...(page.Contents ?? []).map(({ Key }) => Key));
    expect(keys).toEqual(["a/b", "a/c", ODD]);
    await client.send(new DeleteObjectCommand({ Bucket, Key: ODD }));
    expect([...(server.buckets.get(Bucket)?.objects.keys() ?? [])]).toEqual(["a/b", "a/c"]);
  });

  it("gives it the errors that it knows", async () => {
    await using server = await startS3({ profile: "aws" });
    const client = clientFor(server);
    const put = { Bucket: "vault", Key: "a", Body: Buffer.from("a") };
    await client.send(new PutObjectCommand({ ...put, IfNoneMatch: "*" }));
    const again = client.send(new PutObjectCommand({ ...put, IfNoneMatch: "*" }));
    await expect(again).rejects.toMatchObject({ name: "PreconditionFailed" });
    const missing = client.send(new GetObjectCommand({ Bucket: "vault", Key: "b" }));
    await expect(missing).rejects.toMatchObject({ name: "NoSuchKey" });
    const nowhere = client.send(new ListObjectsV2Command({ Bucket: "nowhere" }));
    await expect(nowhere).rejects.toMatchObject({ name: "NoSuchBucket" });
    server.accounts.delete("alice");
    const unknown = client.send(new ListObjectsV2Command({ Bucket: "vault" }));
    await expect(unknown).rejects.toMatchObject({ name: "InvalidAccessKeyId" });
  });
});
