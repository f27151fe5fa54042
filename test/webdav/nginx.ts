import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { findNginx as findUnpacked, type Nginx } from "../../scripts/nginx.ts";
import { run, start } from "../support/run.ts";
import { LIFE_LIMIT_MS, PASSWORD, startServer, USER, type WebdavServer } from "./server.ts";

/** Debian's nginx; `null`, with a printed reason, when it is not there. */
export async function findNginx(): Promise<Nginx | null> {
  const nginx = await findUnpacked();
  if (nginx === null) process.stdout.write("skipped: nginx is not unpacked (npm run tools)\n");
  return nginx;
}

/** Starts nginx with `dav-ext`; one process, all its files in a folder of its own. */
export function startNginx({ program, module }: Nginx): Promise<WebdavServer> {
  return startServer("nginx", async ({ temporary, port }) => {
    const folder = temporary.path;
    await mkdir(temporary.at("data"));
    await writeFile(temporary.at("users"), `${USER}:{SHA}${sha1(PASSWORD)}\n`);
    if (process.getuid?.() === 0) await run("chown", ["-R", "nobody:nogroup", folder]);
    const inFolder = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
      (name) => `${name}_temp_path ${folder}/${name};`,
    );
    const configuration = [
      `load_module ${module};`,
      "daemon off;",
      "master_process off;",
      `pid ${folder}/pid;`,
      `error_log ${folder}/error.log;`,
      "events {}",
      "http {",
      "access_log off;",
      ...inFolder,
      "client_max_body_size 64m;",
      "server {",
      `listen 127.0.0.1:${port};`,
      `root ${folder}/data;`,
      "dav_methods PUT DELETE MKCOL COPY MOVE;",
      "dav_ext_methods PROPFIND OPTIONS;",
      "create_full_put_path on;",
      `auth_basic tests; auth_basic_user_file ${folder}/users;`,
      "} }",
    ];
    await writeFile(temporary.at("nginx.conf"), configuration.join("\n"));
    return start(program, ["-p", folder, "-e", `${folder}/error.log`, "-c", `${folder}/nginx.conf`], {
      timeoutMs: LIFE_LIMIT_MS,
    });
  });
}

function sha1(text: string): string {
  return createHash("sha1").update(text).digest("base64");
}
