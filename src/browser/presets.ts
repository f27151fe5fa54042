import type { BrowserKind } from "./find-profiles.ts";

/**
 * What in a profile its browser makes again by itself, by where it lies. Names may hold `*` and paths
 * `/`. Found by leaving each thing out of real profiles: cookies, localStorage, IndexedDB, OPFS and
 * service workers all survive without. When in doubt, a thing is no part of a preset.
 */
export interface Preset {
  /** In the folder that is the profile: of Chromium, the user data folder. */
  readonly top: readonly string[];
  /** Chromium: in each profile folder, `Default` and the others. */
  readonly profile: readonly string[];
  /** In any folder of it. */
  readonly anywhere: readonly string[];
  /** Folders at the places of `top` and `profile` in which `anywhere` does not count. */
  readonly untouched: readonly string[];
}

/** One row a family of browsers; what carries a login stands in none. */
export const PRESETS: Readonly<Record<BrowserKind, Preset>> = {
  chromium: {
    top: [
      // locks, and where the running browser listens
      "Singleton*",
      "DevToolsActivePort",
      // reports of its own state
      "BrowserMetrics*",
      "Crashpad",
      // caches of the graphics card
      "GPUPersistentCache",
      "GrShaderCache",
      "GraphiteDawnCache",
      "ShaderCache",
      // components, fetched again
      "CertificateRevocation",
      "FileTypePolicies",
      "MEIPreload",
      "OnDevice*",
      "OriginTrials",
      "PKIMetadata",
      "SSLErrorAssistant",
      "Safe Browsing*",
      "SafetyTips",
      "Subresource Filter",
      "Variations",
      "WasmTtsEngine",
      "ZxcvbnData",
      "component_crx_cache",
      "extensions_crx_cache",
      "hyphen-data",
      "optimization_guide*",
      "screen_ai",
      "segmentation_platform",
    ],
    profile: [
      // caches
      "Cache",
      "Code Cache",
      "Dawn*Cache",
      "GPUCache",
      "Media Cache",
      "Shared Dictionary",
      "shared_proto_db",
      // what it learned to be quicker
      ...databases("Network Action Predictor", "Shortcuts", "Top Sites", "Favicons"),
      "Site Characteristics Database",
      "VideoDecodeStats",
      "Visited Links",
      // reports, and work in the background
      ...databases("Reporting and NEL"),
      "BudgetDatabase",
      "Download Service",
      "GCM Store",
      "PersistentOriginTrials",
      "blob_storage",
    ],
    anywhere: ["LOCK", "LOG", "LOG.old", "*.tmp", "*-shm"],
    untouched: ["Extensions"],
  },
  firefox: {
    top: [
      // locks
      ".parentlock",
      "lock",
      // caches
      ...databases("favicons.sqlite"),
      "AlternateServices.bin",
      "activity-stream.*",
      "addonStartup.json.lz4",
      "cache2",
      "shader-cache",
      "startupCache",
      "thumbnails",
      // components, fetched again
      "gmp*",
      "safebrowsing*",
      "security_state",
      // reports
      "crashes",
      "datareporting",
      "minidumps",
      "saved-telemetry-pings",
      // storage of sites that does not outlive the browser
      "storage/private",
      "storage/temporary",
      "storage/to-be-removed",
    ],
    profile: [],
    anywhere: ["*.tmp", "*-shm"],
    untouched: ["extensions"],
  },
};

/** Files of SQLite databases, with the journals that mean nothing without them. */
function databases(...names: readonly string[]): string[] {
  return names.flatMap((name) => [name, `${name}-journal`, `${name}-wal`, `${name}-shm`]);
}
