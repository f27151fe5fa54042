import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** What carries a login in a Chromium user data folder, and what an app may have put there itself. */
export const CHROMIUM_KEEP: readonly string[] = [
  "Local State",
  "Last Version",
  "First Run",
  "fingerprint.json",
  ...[
    "Preferences",
    "Secure Preferences",
    "Cookies",
    "Cookies-journal",
    "Cookies-wal",
    "Network/Cookies",
    "Network/Cookies-journal",
    "Login Data",
    "Login Data-journal",
    "Login Data For Account",
    "Web Data",
    "Web Data-journal",
    "History",
    "Trust Tokens",
    "Local Storage/leveldb/000005.ldb",
    "Local Storage/leveldb/000003.log",
    "Local Storage/leveldb/CURRENT",
    "Local Storage/leveldb/MANIFEST-000001",
    "Session Storage/000003.log",
    "Sessions/Session_13379",
    "Sessions_Encrypted/Session_13379",
    "IndexedDB/http_127.0.0.1_3000.indexeddb.leveldb/000003.log",
    "IndexedDB/http_127.0.0.1_3000.indexeddb.blob/1/00/2",
    "IndexedDB/indexeddb.sqlite",
    "IndexedDB/indexeddb.sqlite-wal",
    "WebStorage/5/IndexedDB/indexeddb.leveldb/CURRENT",
    "File System/000/t/00/00000000",
    "File System/Origins/CURRENT",
    "Service Worker/CacheStorage/2a/8c/index",
    "Service Worker/CacheStorage/2a/8c/f1_0",
    "Service Worker/Database/000003.log",
    "Service Worker/ScriptCache/2cc80dabc69f58b6_0",
    "Local Extension Settings/abc/000003.log",
    "Extensions/abc/1.0_0/LOG",
    "Extensions/abc/1.0_0/x.tmp",
    "Extension State/CURRENT",
    "databases/Databases.db",
    "fingerprint.json",
  ].map((name) => `Default/${name}`),
];

/** What Chromium makes again by itself. */
export const CHROMIUM_LEAVE: readonly string[] = [
  "DevToolsActivePort",
  "BrowserMetrics-spare.pma",
  "GPUPersistentCache/data_0",
  "Safe Browsing/UrlSoceng.store",
  "Safe Browsing Network/x",
  "component_crx_cache/x",
  "optimization_guide_model_store/x/y",
  ...[
    "Cache/Cache_Data/index",
    "Code Cache/js/index",
    "GPUCache/index",
    "DawnGraphiteCache/data_0",
    "DawnWebGPUCache/data_0",
    "Favicons",
    "Favicons-journal",
    "Top Sites",
    "LOCK",
    "LOG",
    "LOG.old",
    "Local Storage/leveldb/LOCK",
    "Local Storage/leveldb/LOG",
    "IndexedDB/indexeddb.sqlite-shm",
    "Cookies-shm",
    "x.tmp",
  ].map((name) => `Default/${name}`),
];

/** The same of Firefox. */
export const FIREFOX_KEEP: readonly string[] = [
  "prefs.js",
  "user.js",
  "times.json",
  "compatibility.ini",
  "fingerprint.json",
  "cookies.sqlite",
  "cookies.sqlite-wal",
  "cookies.sqlite-journal",
  "key4.db",
  "key4.db-journal",
  "cert9.db",
  "logins.json",
  "logins.db",
  "logins.db-wal",
  "permissions.sqlite",
  "places.sqlite",
  "places.sqlite-wal",
  "content-prefs.sqlite",
  "webappsstore.sqlite",
  "storage.sqlite",
  "serviceworker.txt",
  "containers.json",
  "extensions.json",
  "extensions/a.xpi",
  "extensions/a/x.tmp",
  "sessionstore.jsonlz4",
  "sessionCheckpoints.json",
  "sessionstore-backups/recovery.jsonlz4",
  "storage/default/http+++127.0.0.1+3000/.metadata-v2",
  "storage/default/http+++127.0.0.1+3000/ls/data.sqlite",
  "storage/default/http+++127.0.0.1+3000/ls/data.sqlite-wal",
  "storage/default/http+++127.0.0.1+3000/idb/1.sqlite",
  "storage/default/http+++127.0.0.1+3000/idb/1.files/1",
  "storage/default/http+++127.0.0.1+3000/cache/caches.sqlite",
  "storage/default/http+++127.0.0.1+3000/cache/morgue/1/2.final",
  "storage/default/http+++127.0.0.1+3000/fs/metadata.sqlite",
  "storage/default/lock/ls/data.sqlite",
  "storage/permanent/chrome/idb/1.sqlite",
];

/** What Firefox makes again by itself. */
export const FIREFOX_LEAVE: readonly string[] = [
  ".parentlock",
  "cache2/entries/A",
  "startupCache/x",
  "favicons.sqlite",
  "favicons.sqlite-wal",
  "storage/temporary/x",
  "cookies.sqlite-shm",
  "storage/default/http+++127.0.0.1+3000/ls/data.sqlite-shm",
  "datareporting/state.json",
  "gmp-gmpopenh264/x",
];

/** Makes files below a folder, each with its own name as content. */
export async function makeFiles(folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, name);
  }
}

/** The lock of a Chromium on another machine. */
export async function lockChromium(folder: string): Promise<void> {
  await symlink("another-host-4711", join(folder, "SingletonLock"));
  await symlink("1234567890", join(folder, "SingletonCookie"));
  await symlink("/tmp/org.chromium.Chromium.none/SingletonSocket", join(folder, "SingletonSocket"));
}
