import type { Command, Option } from "commander";
import type { Level, Operand, OptionShape } from "./completion-level.ts";
import { bashScript, fishScript, zshScript } from "./completion-scripts.ts";

/** Shells that completion is for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** One of {@link SHELLS}. */
export type Shell = (typeof SHELLS)[number];

/**
 * A script that completes the commands and options of a program in a shell.
 *
 * It is made from the commands as they are defined, and is complete in itself: a press of the key
 * starts no program and evaluates nothing of what was typed.
 */
export function completionScript(program: Command, shell: Shell): string {
  const write = { bash: bashScript, zsh: zshScript, fish: fishScript }[shell];
  return write(levelsOf(program, []));
}

function levelsOf(
  command: Command,
  names: readonly string[],
  inherited: readonly OptionShape[] = [],
): Level[] {
  const help = command.createHelp();
  const options = [...inherited, ...help.visibleOptions(command).map(shapeOf)];
  const subcommands = help.visibleCommands(command);
  const level = {
    command: names.join(" "),
    subcommands: subcommands.map((each) => ({ name: each.name(), summary: each.description() })),
    options: [...new Map(options.map((option) => [option.name, option])).values()],
    choices: command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
  };
  const passedOn = options.filter(({ name }) => name !== "--version");
  return [level, ...subcommands.flatMap((each) => levelsOf(each, [...names, each.name()], passedOn))];
}

function shapeOf({ long, flags, argChoices = [], description }: Option): OptionShape {
  return {
    name: long ?? flags,
    summary: description,
    operand: operandOf(flags, argChoices),
    choices: argChoices,
  };
}

/** What the placeholder says: `--state <dir>` takes a folder. */
function operandOf(flags: string, choices: readonly string[]): Operand {
  const placeholder = /<(\w+)/.exec(flags)?.[1];
  if (placeholder === undefined) return "nothing";
  if (choices.length > 0) return "choice";
  if (placeholder === "dir") return "folder";
  return placeholder === "file" ? "file" : "text";
}
