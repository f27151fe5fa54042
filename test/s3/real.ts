import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { findMinio, findRclone } from "../../scripts/peers.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** A real S3 server, with an empty bucket, in a folder of its own that goes away with it. */
export interface RealServer extends AsyncDisposable {
  readonly url: string;
  /** Keys for it, under the names that every program reads. */
  readonly variables: Readonly<Record<string, string>>;
  /** Makes a bucket, as the official client does. */
  makeBucket(name: string): Promise<void>;
}

/** A server that may be there; `null` and a printed reason when it is not. */
export type Start = (() => Promise<RealServer>) | null;

const ID = "holdfast";
const SECRET = "a/secret+of=tests";
/** A loaded machine starts slowly. */
const START_LIMIT_MS = 60_000;
const POLL_MS = 50;

const minio = await findMinio();
const rclone = await findRclone();
for (const { reason } of [minio, rclone]) if (reason !== null) process.stdout.write(`skipped: ${reason}\n`);

/** Starts MinIO. */
export const startMinio: Start =
  minio.binary === null
    ? null
    : starter(minio.binary, (folder, port) => ({
        programArguments: ["server", "--quiet", "--address", `127.0.0.1:${port}`, folder],
        env: { MINIO_ROOT_USER: ID, MINIO_ROOT_PASSWORD: SECRET, MINIO_BROWSER: "off", MINIO_UPDATE: "off" },
      }));

/** Starts rclone's S3 server. */
export const startRclone: Start =
  rclone.binary === null
    ? null
    : starter(rclone.binary, (folder, port) => ({
        programArguments: `serve s3 ${folder} --addr 127.0.0.1:${port} --config /dev/null`.split(" "),
        env: { RCLONE_AUTH_KEY: `"${ID},${SECRET}"` },
      }));

interface Program {
  readonly programArguments: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

function starter(binary: string, program: (folder: string, port: number) => Program) {
  return async (): Promise<RealServer> => {
    const folder = await temporaryFolder();
    await mkdir(folder.at("data"));
    const port = await freePort();
    const { programArguments, env } = program(folder.at("data"), port);
    const child = spawn(binary, programArguments, {
      env: { PATH: process.env["PATH"], HOME: folder.path, ...env },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
    const url = `http://127.0.0.1:${port}`;
    const server: RealServer = {
      url,
      variables: { AWS_ACCESS_KEY_ID: ID, AWS_SECRET_ACCESS_KEY: SECRET, AWS_ENDPOINT_URL: url },
      makeBucket: async (name) => {
        const client = new S3Client({
          endpoint: url,
          region: "us-east-1",
          forcePathStyle: true,
          credentials: { accessKeyId: ID, secretAccessKey: SECRET },
        });
        await client.send(new CreateBucketCommand({ Bucket: name }));
      },
      async [Symbol.asyncDispose]() {
        if (child.exitCode === null && child.kill("SIGKILL")) await once(child, "exit");
        await folder[Symbol.asyncDispose]();
      },
    };
    try {
      await untilAnswers(url, () => child.exitCode !== null);
    } catch {
      await server[Symbol.asyncDispose]();
      throw new Error(`${binary} did not start: ${said}`);
    }
    return server;
  };
}

async function untilAnswers(url: string, hasEnded: () => boolean): Promise<void> {
  for (const limit = performance.now() + START_LIMIT_MS; performance.now() < limit; await wait(POLL_MS)) {
    if (hasEnded()) break;
    const status = await fetch(url).then(
      (response) => response.status,
      () => 0,
    );
    if (status > 0 && status < 500) return;
  }
  throw new Error("no answer");
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
