import { Command, Option } from "commander";
import type { Bind } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { exampleOf, repeatable, withVariable } from "./options.ts";
import type { Texts } from "./texts/texts.ts";
import { version } from "../base/version.ts";

/**
 * The command line as a tree of commands. All of them have a name and a summary; only those that
 * `words` mention are loaded, because loading all would take longer than most of them work.
 *
 * It throws `CommanderError` where commander alone would end the process.
 *
 * @param words the arguments as typed; `null` loads every command
 */
export async function buildProgram(
  texts: Texts,
  words: readonly string[] | null,
  bind: Bind,
): Promise<Command> {
  const program = new Command("holdfast")
    .description(texts.program)
    .usage(texts.usage)
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .configureHelp({ showGlobalOptions: true })
    .helpCommand(false)
    .helpOption("-h, --help", texts.options.help)
    .version(version(), "--version", texts.options.version);
  for (const option of globalOptions(texts)) program.addOption(option);
  program.addHelpText("after", exampleOf(texts.example, texts.examples.program));
  program.addHelpText("afterAll", `\n${texts.exitStatus}`);
  for (const { name, load } of COMMANDS) {
    const command = program.command(name).description(texts.commands[name]);
    command.helpOption("-h, --help", texts.options.help);
    command.addHelpText("after", exampleOf(texts.example, texts.examples[name]));
    if (words !== null && !words.includes(name)) continue;
    const define = await load();
    define(command, bind, texts);
  }
  return program;
}

function globalOptions({ options }: Texts): readonly Option[] {
  return [
    new Option("--store <url>", withVariable(options.store, "store")),
    repeatable("--state <dir>", withVariable(options.state, "state")),
    new Option("--json", withVariable(options.json, "json")),
    new Option("--quiet", withVariable(options.quiet, "quiet")),
    new Option("--verbose", withVariable(options.verbose, "verbose")),
    new Option("--lang <language>", withVariable(options.lang, "lang")).choices(["en", "zh"]),
  ];
}
