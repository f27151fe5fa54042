import { readdir } from "node:fs/promises";
import { findProgram, runProgram } from "./programs.ts";

/** Programs that the demo and the tests start, and the Debian package of each. */
const PACKAGES: Readonly<Record<string, string>> = {
  // The program and its modules, without the service, which is in another package.
  apache2: "apache2-bin",
  bindfs: "bindfs",
  bwrap: "bubblewrap",
  chromium: "chromium",
  "firefox-esr": "firefox-esr",
  fish: "fish",
  restic: "restic",
  setfattr: "attr",
  zsh: "zsh",
};

const LISTS = "/var/lib/apt/lists";
const INSTALL = ["install", "--yes", "--no-install-recommends"];

/**
 * Makes sure that programs are there: installs what is missing when this is root on Debian, else says
 * what to type.
 *
 * @param names programs of the table above; all when none is named
 * @returns false when something is missing and could not be installed; the reason was printed
 */
export async function ensurePrograms(names: readonly string[] = []): Promise<boolean> {
  const wanted = names.length === 0 ? Object.keys(PACKAGES) : names;
  const missing = await missingPackages(wanted);
  if (missing.length === 0) return true;
  if (process.getuid?.() !== 0 || (await findProgram("apt-get")) === null) {
    console.error(`missing: ${missing.join(", ")}. Install with:\n`);
    console.error(`  sudo apt-get update && sudo apt-get ${INSTALL.join(" ")} ${missing.join(" ")}\n`);
    return false;
  }
  console.log(`installing Debian packages: ${missing.join(", ")}`);
  return await install(missing);
}

async function missingPackages(names: readonly string[]): Promise<string[]> {
  const packages: string[] = [];
  for (const name of names) {
    const debianPackage = PACKAGES[name];
    if (debianPackage === undefined) throw new Error(`no Debian package is known for ${name}`);
    if ((await findProgram(name)) === null) packages.push(debianPackage);
  }
  return packages;
}

async function install(packages: readonly string[]): Promise<boolean> {
  if ((await hasLists()) && (await aptGet(...INSTALL, ...packages))) return true;
  // No lists, or lists so old that they name versions which are gone.
  return (await aptGet("update")) && (await aptGet(...INSTALL, ...packages));
}

async function hasLists(): Promise<boolean> {
  const names = await readdir(LISTS).catch(() => []);
  return names.some((name) => name.includes("_Packages"));
}

async function aptGet(...aptArguments: string[]): Promise<boolean> {
  const { status, output } = await runProgram("apt-get", aptArguments, {
    environment: { DEBIAN_FRONTEND: "noninteractive" },
  });
  if (status !== 0) console.error(output);
  return status === 0;
}
