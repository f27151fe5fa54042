import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { writeFileSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { keySourceOf } from "../../../src/stores/s3/key-source.ts";
import { HUB_BUCKETS, PRESETS, type S3Preset } from "../../../src/stores/s3/presets.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { failure } from "../conformance.ts";

const AWS = { AWS_ACCESS_KEY_ID: "aws-id", AWS_SECRET_ACCESS_KEY: "aws-secret" };

function preset(name: string): S3Preset {
  const found = PRESETS[name];
  if (found === undefined) throw new Error(`no preset is called ${name}`);
  return found;
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
      "[work]\naws_access_key_id = profile-id\naws_secret_access_key = s\n",
    );
    vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", folder.at("credentials"));
    vi.stubEnv("AWS_CONFIG_FILE", folder.at("none"));
    vi.stubEnv("AWS_PROFILE", "work");
    expect(await idFrom(preset("s3"), {})).toBe("profile-id");
  });

  it("come from the role of a container, and others when they have expired", async () => {
    let asked = 0;
    const server = createServer((_request, response) => {
      asked += 1;
      const body = {
        AccessKeyId: `role-${asked}`,
        SecretAccessKey: "s",
        Token: "t",
        Expiration: "2100-01-01T00:00:00Z",
      };
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(body));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
      vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent");
      vi.stubEnv("AWS_CONFIG_FILE", "/nonexistent");
      vi.stubEnv(
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`,
      );
      const keys = keySourceOf(preset("s3"), { variables: {} });
      expect(await keys.current()).toMatchObject({ accessKeyId: "role-1", sessionToken: "t" });
      expect(await keys.current()).toMatchObject({ accessKeyId: "role-1" });
      expect(await keys.renewed()).toMatchObject({ accessKeyId: "role-2" });
      expect(await keys.current()).toMatchObject({ accessKeyId: "role-2" });
    } finally {
      server.close();
      server.closeAllConnections();
    }
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
