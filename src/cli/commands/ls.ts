import { HoldfastError } from "../../base/errors.ts";
import type { EntryInfo } from "../../operations/entry-info.ts";
import { ls } from "../../operations/ls.ts";
import { type ProfileInfo, profiles, savedProfiles } from "../../operations/profiles.ts";
import { accessOf } from "../access.ts";
import type { Action, Context, Define } from "../command.ts";
import { formatBytes, formatCount, formatTable, formatTime, printable } from "../format.ts";

interface LsOptions {
  readonly recursive?: true;
  readonly profiles?: true;
}

/** `holdfast ls` */
export const defineLs: Define = (command, bind, { options, values }) => {
  command
    .argument("[snapshot]", values.snapshotToList)
    .argument("[path]", values.path)
    .option("-R, --recursive", options.recursive)
    .option("--profiles", options.profiles);
  bind(command, run);
};

const run: Action<LsOptions> = async (context, options, [snapshot, path]) => {
  if (options.profiles === true) return await listProfiles(context, options, snapshot, path);
  if (snapshot === undefined) throw wrongUse("missing required argument 'snapshot'");
  const { recursive } = options;
  const entries = await ls({ ...(await accessOf(context)), snapshot, path, recursive });
  context.output.data(entries, formatEntries(entries));
  return null;
};

async function listProfiles(
  context: Context,
  { recursive }: LsOptions,
  snapshot: string | undefined,
  path: string | undefined,
): Promise<null> {
  const { settings, output, texts } = context;
  if (path !== undefined || recursive === true) {
    throw wrongUse("--profiles shows all profiles: it goes with neither a path nor --recursive");
  }
  const found =
    snapshot === undefined
      ? await profiles({ state: settings.state })
      : await savedProfiles({ ...(await accessOf(context)), snapshot });
  output.data(found, found.length === 0 ? texts.noProfiles : formatProfiles(found, texts.profileColumns));
  return null;
}

function wrongUse(message: string): HoldfastError {
  return new HoldfastError({ code: "CONFIG", message, hint: "see: holdfast ls --help" });
}

function formatProfiles(found: readonly ProfileInfo[], columns: readonly string[]): string {
  const rows = found.map(({ browser, version, path, files, bytes }) => [
    browser,
    version ?? "-",
    printable(path),
    formatCount(files.whole),
    formatBytes(bytes.whole),
    formatBytes(bytes.kept),
  ]);
  return formatTable([columns, ...rows], ["left", "left", "left", "right", "right", "right"]);
}

function formatEntries(entries: readonly EntryInfo[]): string {
  const rows = entries.map((entry) => [
    modeText(entry),
    entry.user === "" ? String(entry.uid) : printable(entry.user),
    entry.group === "" ? String(entry.gid) : printable(entry.group),
    entry.type === "file" ? formatBytes(entry.size) : "-",
    formatTime(new Date(entry.mtime)),
    printable(entry.path) + (entry.link_target === null ? "" : ` -> ${printable(entry.link_target)}`),
  ]);
  return formatTable(rows, ["left", "left", "left", "right", "left", "left"]);
}

const TYPE_LETTERS: Readonly<Record<EntryInfo["type"], string>> = {
  file: "-",
  dir: "d",
  symlink: "l",
  dev: "b",
  chardev: "c",
  fifo: "p",
  socket: "s",
  irregular: "?",
};

/** As `ls -l` writes it, for example `-rwxr-x---`. */
function modeText({ type, mode }: EntryInfo): string {
  const bits = Array.from("rwxrwxrwx", (letter, position) => (mode & (0o400 >> position) ? letter : "-"));
  const special = [
    [0o4000, 2, "s"],
    [0o2000, 5, "s"],
    [0o1000, 8, "t"],
  ] as const;
  for (const [bit, position, letter] of special) {
    if (mode & bit) bits[position] = bits[position] === "x" ? letter : letter.toUpperCase();
  }
  return TYPE_LETTERS[type] + bits.join("");
}
