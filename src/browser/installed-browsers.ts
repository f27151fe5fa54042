import { execFile } from "node:child_process";
import { accessSync, constants, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import type { BrowserKind } from "./find-profiles.ts";
import { readText } from "./profile-tree.ts";
import { compareVersions, firefoxOfApplication, type FirefoxVersion } from "./profile-version.ts";

/** Where to look for browsers: `PATH`, and the variables by which tools are told of one. */
export type BrowserEnvironment = Readonly<Record<string, string | undefined>>;

interface Names {
  readonly programs: readonly string[];
  readonly variables: readonly string[];
}

const NAMES: Readonly<Record<BrowserKind, Names>> = {
  chromium: {
    programs: [
      "chromium",
      "chromium-browser",
      "google-chrome",
      "google-chrome-stable",
      "chrome",
      "chrome-headless-shell",
      "brave-browser",
      "microsoft-edge",
    ],
    variables: ["CHROME_PATH", "CHROME_BIN", "CHROMIUM_PATH", "PUPPETEER_EXECUTABLE_PATH"],
  },
  firefox: {
    programs: ["firefox", "firefox-esr", "camoufox", "camoufox-bin", "librewolf"],
    variables: ["FIREFOX_PATH", "FIREFOX_BIN", "CAMOUFOX_PATH", "PUPPETEER_EXECUTABLE_PATH"],
  },
};

/** A browser that does not say its version by then is none. */
const PATIENCE_MS = 5000;

/**
 * The newest installed browser of a family, which is the best chance for a profile.
 *
 * Chromium is started with `--version`, in an environment without anything of ours; of Firefox the file
 * beside the program is read.
 *
 * @returns `null` when none is found; never throws
 */
export async function installedBrowser(
  kind: BrowserKind,
  environment: BrowserEnvironment,
): Promise<FirefoxVersion | null> {
  const found: FirefoxVersion[] = [];
  for (const program of programsOf(NAMES[kind], environment)) {
    const version = kind === "firefox" ? firefoxAt(program) : await chromiumAt(program, environment);
    if (version !== null) found.push(version);
  }
  found.sort((a, b) => compareVersions(b.version, a.version) || compareVersions(b.build, a.build));
  return found[0] ?? null;
}

/** Whether a browser of a family seems to be installed, without starting it. */
export function seemsInstalled(kind: BrowserKind, environment: BrowserEnvironment): boolean {
  return programsOf(NAMES[kind], environment).size > 0;
}

/** Each program once, although it has several names. */
function programsOf({ programs, variables }: Names, environment: BrowserEnvironment): ReadonlySet<string> {
  const folders = (environment["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const candidates = [
    ...variables.map((name) => environment[name] ?? "").filter((path) => path !== ""),
    ...folders.flatMap((folder) => programs.map((name) => join(folder, name))),
  ];
  const found = new Set<string>();
  for (const path of candidates) {
    try {
      accessSync(path, constants.X_OK);
      found.add(realpathSync(path));
    } catch {
      // not here
    }
  }
  return found;
}

function firefoxAt(program: string): FirefoxVersion | null {
  return firefoxOfApplication(readText(join(dirname(program), "application.ini")) ?? "");
}

async function chromiumAt(program: string, environment: BrowserEnvironment): Promise<FirefoxVersion | null> {
  const { PATH, HOME, LANG } = environment;
  try {
    const { stdout } = await promisify(execFile)(program, ["--version"], {
      env: { PATH, HOME, LANG },
      timeout: PATIENCE_MS,
      killSignal: "SIGKILL",
    });
    const version = /(\d+(?:\.\d+){2,3})/.exec(stdout)?.[1];
    return version === undefined ? null : { version, build: "" };
  } catch {
    return null; // not a browser
  }
}
