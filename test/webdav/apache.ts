import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { findProgram } from "../../scripts/programs.ts";
import { run, start } from "../support/run.ts";
import { LIFE_LIMIT_MS, PASSWORD, startServer, USER, type WebdavServer } from "./server.ts";

const MODULES = "/usr/lib/apache2/modules";
const REALM = "tests";

/** How Apache is set up. */
export interface ApacheOptions {
  readonly authentication?: "basic" | "digest" | "none";
  /** More lines for the folder of files. */
  readonly lines?: readonly string[];
}

/** Apache's program; `null`, with a printed reason, when it is not there. */
export async function findApache(): Promise<string | null> {
  const program = await findProgram("apache2");
  if (program === null) process.stdout.write("skipped: apache2 is not installed (npm run tools)\n");
  return program;
}

/** Starts Apache with `mod_dav`, of which nothing is the system's but the program and its modules. */
export function startApache(program: string, options: ApacheOptions = {}): Promise<WebdavServer> {
  return startServer("Apache", async ({ temporary, port }) => {
    await mkdir(temporary.at("data"));
    await mkdir(temporary.at("run"));
    if (process.getuid?.() === 0) await run("chown", ["-R", "nobody:nogroup", temporary.path]);
    await writeFile(temporary.at("basic"), `${USER}:{SHA}${sha1(PASSWORD)}\n`);
    const secret = createHash("md5").update(`${USER}:${REALM}:${PASSWORD}`).digest("hex");
    await writeFile(temporary.at("digest"), `${USER}:${REALM}:${secret}\n`);
    await run("chmod", ["755", temporary.path]);
    await writeFile(temporary.at("apache.conf"), configuration(temporary.path, port, options).join("\n"));
    return start(program, ["-f", temporary.at("apache.conf"), "-DFOREGROUND"], { timeoutMs: LIFE_LIMIT_MS });
  });
}

function configuration(folder: string, port: number, options: ApacheOptions): string[] {
  const { authentication = "basic", lines = [] } = options;
  const modules = ["mpm_event", "authn_core", "authn_file", "authz_core", "authz_user", "dir"];
  const access =
    authentication === "none"
      ? ["Require all granted"]
      : [
          `AuthType ${authentication}`,
          `AuthName ${REALM}`,
          authentication === "basic" ? "AuthBasicProvider file" : "AuthDigestProvider file",
          `AuthUserFile ${folder}/${authentication}`,
          "Require valid-user",
        ];
  return [
    ...[...modules, "auth_basic", "auth_digest", "dav", "dav_fs"].map(
      (name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`,
    ),
    `ServerRoot ${folder}`,
    "ServerName 127.0.0.1",
    `Listen 127.0.0.1:${port}`,
    `PidFile ${folder}/run/pid`,
    `DefaultRuntimeDir ${folder}/run`,
    `Mutex file:${folder}/run`,
    `ErrorLog ${folder}/error.log`,
    "User nobody",
    "Group nogroup",
    "StartServers 1",
    "ThreadsPerChild 25",
    "MaxRequestWorkers 25",
    `DavLockDB ${folder}/run/locks`,
    `DocumentRoot ${folder}/data`,
    `<Directory ${folder}/data>`,
    "Dav On",
    "DirectoryIndex disabled",
    ...access,
    ...lines,
    "</Directory>",
    "",
  ];
}

function sha1(text: string): string {
  return createHash("sha1").update(text).digest("base64");
}
