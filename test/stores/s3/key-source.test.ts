import type { IncomingMessage, ServerResponse } from "node:http";
import { writeFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { keySourceOf } from "../../../src/stores/s3/key-source.ts";
import { HUB_BUCKETS, PRESETS, type S3Preset } from "../../../src/stores/s3/presets.ts";
import { type LoopbackServer, serveOnLoopback } from "../../support/loopback-server.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { failure } from "../conformance.ts";

const AWS = { AWS_ACCESS_KEY_ID: "aws-id", AWS_SECRET_ACCESS_KEY: "aws-secret" };

function preset(name: string): S3Preset {
  const found = PRESETS[name];
  if (found === undefined) throw new Error(`no preset is called ${name}`);
  return found;
}

/** What the services of Amazon give to whoever has a role. */
function roleKeys(number: number): Readonly<Record<string, string>> {
  return {
    AccessKeyId: `role-${number}`,
    SecretAccessKey: "s",
    Token: "t",
    Expiration: "2100-01-01T00:00:00Z",
  };
}

/** @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html */
function assumedRole({ AccessKeyId, SecretAccessKey, Token, Expiration }: Record<string, string>): string {
  return `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
    <AssumeRoleWithWebIdentityResult><Credentials>
      <AccessKeyId>${AccessKeyId}</AccessKeyId><SecretAccessKey>${SecretAccessKey}</SecretAccessKey>
      <SessionToken>${Token}</SessionToken><Expiration>${Expiration}</Expiration>
    </Credentials></AssumeRoleWithWebIdentityResult>
  </AssumeRoleWithWebIdentityResponse>`;
}

/** @param answer the body of an answer; `null` for 404 */
function startServer(
  answer: (request: IncomingMessage, body: string) => string | null,
): Promise<LoopbackServer> {
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = answer(request, await text(request));
    response.statusCode = body === null ? 404 : 200;
    response.setHeader("content-type", body?.startsWith("<") === true ? "text/xml" : "application/json");
    response.end(body);
  };
  return serveOnLoopback((request, response) => void handle(request, response));
}

const idFrom = async (of: S3Preset, variables: Record<string, string>): Promise<string> =>
  (await keySourceOf(of, { variables }).current()).accessKeyId;

afterEach(() => vi.unstubAllEnvs());

describe("keys", () => {
  it("come from the variables of the provider, then from those of Amazon where it uses them", async () => {
    expect(await idFrom(preset("s3"), AWS)).toBe("aws-id");
    expect(await idFrom(preset("r2"), { ...AWS, R2_ACCESS_KEY_ID: "r2", R2_SECRET_ACCESS_KEY: "s" })).toBe(
      "r2",
    );
    expect(await idFrom(preset("r2"), { ...AWS, R2_ACCESS_KEY_ID: "half" })).toBe("aws-id");
    expect(await idFrom(preset("b2"), { B2_APPLICATION_KEY_ID: "b2", B2_APPLICATION_KEY: "s" })).toBe("b2");
    const hub = { AWS_ACCESS_KEY_ID: "HFAK1", AWS_SECRET_ACCESS_KEY: "s" };
    expect(await idFrom(HUB_BUCKETS, hub)).toBe("HFAK1");
    await failure(idFrom(HUB_BUCKETS, AWS), "STORE_AUTH");
    expect((await failure(idFrom(preset("oss"), AWS), "STORE_AUTH")).hint).toContain("OSS_ACCESS_KEY_ID");
  });

  it("with characters that no header can carry are refused, and not shown", async () => {
    const variables = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "hunter2\nhunter2" };
    const error = await failure(idFrom(preset("s3"), variables), "CONFIG");
    expect(JSON.stringify(error)).not.toContain("hunter2");
  });

  it("come from a profile of Amazon where no variable has them", async () => {
    await using folder = await temporaryFolder();
    writeFileSync(
      folder.at("credentials"),
      ["work", "home"]
        .map((name) => `[${name}]\naws_access_key_id = ${name}-id\naws_secret_access_key = s\n`)
        .join(""),
    );
    vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", folder.at("credentials"));
    vi.stubEnv("AWS_CONFIG_FILE", folder.at("none"));
    vi.stubEnv("AWS_PROFILE", "work");
    expect(await idFrom(preset("s3"), {})).toBe("work-id");
    // As one side of a copy has it.
    expect(await idFrom(preset("s3"), { AWS_PROFILE: "home" })).toBe("home-id");
  });

  describe("of a role", () => {
    beforeEach(() => {
      vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent");
      vi.stubEnv("AWS_CONFIG_FILE", "/nonexistent");
    });

    const expectRenewal = async (): Promise<void> => {
      const keys = keySourceOf(preset("s3"), { variables: {} });
      expect(await keys.current()).toMatchObject({ accessKeyId: "role-1", sessionToken: "t" });
      expect(await keys.current()).toMatchObject({ accessKeyId: "role-1" });
      expect(await keys.renewed()).toMatchObject({ accessKeyId: "role-2" });
      expect(await keys.current()).toMatchObject({ accessKeyId: "role-2" });
    };

    it("come from a container, and others when they have expired", async () => {
      let asked = 0;
      await using server = await startServer(() => JSON.stringify(roleKeys(++asked)));
      vi.stubEnv("AWS_CONTAINER_CREDENTIALS_FULL_URI", `${server.url}/x`);
      await expectRenewal();
    });

    it("come from an instance, whose second version of the service wants a token", async () => {
      let asked = 0;
      await using server = await startServer((request) => {
        const place = `${request.method ?? ""} ${request.url ?? ""}`;
        if (place === "PUT /latest/api/token") return "session";
        if (request.headers["x-aws-ec2-metadata-token"] !== "session") return null;
        const roles = "GET /latest/meta-data/iam/security-credentials/";
        if (place === roles) return "the-role";
        if (place !== `${roles}the-role`) return null;
        return JSON.stringify({ ...roleKeys(++asked), Code: "Success" });
      });
      vi.stubEnv("AWS_EC2_METADATA_SERVICE_ENDPOINT", server.url);
      await expectRenewal();
    });

    it("come from a web identity, such as that of a pod", async () => {
      await using folder = await temporaryFolder();
      writeFileSync(folder.at("token"), "who-the-pod-is");
      let asked = 0;
      await using server = await startServer((_request, body) => {
        const said = Object.fromEntries(new URLSearchParams(body));
        expect(said).toMatchObject({
          Action: "AssumeRoleWithWebIdentity",
          RoleArn: "arn:aws:iam::123456789012:role/app",
          WebIdentityToken: "who-the-pod-is",
        });
        return assumedRole(roleKeys(++asked));
      });
      vi.stubEnv("AWS_WEB_IDENTITY_TOKEN_FILE", folder.at("token"));
      vi.stubEnv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/app");
      vi.stubEnv("AWS_REGION", "eu-central-1");
      vi.stubEnv("AWS_ENDPOINT_URL_STS", server.url);
      await expectRenewal();
    });
  });

  it("that are nowhere end with what can be done", async () => {
    const keys = keySourceOf(preset("s3"), { variables: {} }, async () => async () => {
      throw Object.assign(new Error("hunter2"), { name: "CredentialsProviderError" });
    });
    const error = await failure(keys.current(), "STORE_AUTH");
    expect(error.hint).toContain("AWS_PROFILE");
    expect(JSON.stringify(error)).not.toContain("hunter2");
  });
});
