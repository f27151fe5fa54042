import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { findProgram, runProgram } from "./programs.ts";

/** Unpacked, not installed: installing would start a service that answers on port 80. */
const PACKAGES = ["nginx", "libnginx-mod-http-dav-ext"];
const CACHE = join(import.meta.dirname, "..", ".cache", "peers");
const FOLDER = join(CACHE, "nginx-debian");

/** Debian's nginx with its module for WebDAV. */
export interface Nginx {
  readonly program: string;
  readonly module: string;
}

/** Looks for what {@link unpackNginx} has brought, and whether it works here; `null` when it does not. */
export async function findNginx(): Promise<Nginx | null> {
  const program = join(FOLDER, "usr", "sbin", "nginx");
  const module = join(FOLDER, "usr", "lib", "nginx", "modules", "ngx_http_dav_ext_module.so");
  const works = (await runProgram(program, ["-v"]).catch(() => null))?.status === 0;
  return works ? { program, module } : null;
}

/**
 * Gets nginx and its module for WebDAV from Debian into `.cache/peers/`, once, without installing them.
 *
 * @returns the reason why it is not there afterwards, or null
 */
export async function unpackNginx(): Promise<string | null> {
  if ((await findNginx()) !== null) return null;
  if ((await findProgram("apt-get")) === null) return "nginx is not there: this is not Debian";
  await mkdir(CACHE, { recursive: true });
  const unfinished = await mkdtemp(join(CACHE, "nginx-"));
  try {
    const { status, output } = await runProgram("apt-get", ["download", ...PACKAGES], { folder: unfinished });
    if (status !== 0) return `nginx is not there: ${output.trim().split("\n").at(-1) ?? ""}`;
    for (const name of await readdir(unfinished)) {
      const archive = join(unfinished, name);
      await runProgram("dpkg-deb", ["--extract", archive, join(unfinished, "root")]);
    }
    await rm(FOLDER, { recursive: true, force: true });
    await rename(join(unfinished, "root"), FOLDER);
    return (await findNginx()) === null ? "nginx is there, and does not start" : null;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
