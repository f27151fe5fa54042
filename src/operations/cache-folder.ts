import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/**
 * Where this user's caches are (XDG Base Directory Specification): what lies there may be lost at any
 * time, and costs only time.
 */
export function defaultCacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const given = environment["XDG_CACHE_HOME"] ?? "";
  // The specification has relative paths ignored.
  return join(isAbsolute(given) ? given : join(homedir(), ".cache"), "holdfast");
}
