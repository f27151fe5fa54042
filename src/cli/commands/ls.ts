import type { EntryInfo } from "../../operations/entry-info.ts";
import { ls } from "../../operations/ls.ts";
import { accessOf } from "../access.ts";
import type { Action, Define } from "../command.ts";
import { formatBytes, formatTable, formatTime, printable } from "../format.ts";

interface LsOptions {
  readonly recursive?: true;
}

/** `holdfast ls` */
export const defineLs: Define = (command, bind, { options, values }) => {
  command
    .argument("<snapshot>", values.snapshot)
    .argument("[path]", values.path)
    .option("-R, --recursive", options.recursive);
  bind(command, run);
};

const run: Action<LsOptions> = async (context, { recursive }, [snapshot = "latest", path]) => {
  const entries = await ls({ ...(await accessOf(context)), snapshot, path, recursive });
  context.output.data(entries, formatEntries(entries));
  return null;
};

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
