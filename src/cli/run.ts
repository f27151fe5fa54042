import { CommanderError, type Command } from "commander";
import { type HoldfastError, isHoldfastError } from "../base/errors.ts";
import { type Environment, unknownVariables } from "../config/environment.ts";
import { resolveSettings } from "../config/resolve.ts";
import { SETTING_NAMES, SETTINGS, type Language, type SomeSettings } from "../config/settings.ts";
import type { Bind } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { toHoldfastError } from "./failure.ts";
import { createOutput } from "./output.ts";
import { buildProgram } from "./program.ts";
import { textsIn } from "./texts/texts.ts";

/** Wrong use: what `CONFIG` ends with too. */
const WRONG_USE = 2;

/**
 * Does what a command line says, and prints to the standard streams.
 *
 * @param words the arguments, without the program
 * @param signal aborted when the user gives up
 * @returns the exit status; `interrupted` when the work ended because of the signal
 */
export async function runCommandLine(
  words: readonly string[],
  environment: Environment,
  signal: AbortSignal,
): Promise<number | "interrupted"> {
  const own = ownWords(words);
  const texts = textsIn(spokenLanguage(own, environment));
  // Until the settings are read, and also when they cannot be.
  let output = createOutput({
    json:
      own.includes("--json") ||
      SETTINGS.json.reader.fromText(environment[SETTINGS.json.variable] ?? "") === true,
    quiet: false,
    verbose: own.includes("--verbose"),
    texts,
  });
  let found: HoldfastError | number | null = null;
  const bind: Bind = (command, action) => {
    command.action(async () => {
      const settings = await resolveSettings({ flags: flagsOf(command), environment, folder: process.cwd() });
      output = createOutput({ ...settings, texts });
      for (const warning of unknownVariables(environment)) output.warn(warning);
      found = await action({ settings, environment, output, texts, signal }, command.opts(), command.args);
      if (isHoldfastError(found)) output.error(found);
    });
  };
  try {
    const program = await buildProgram(texts, own, bind);
    await program.parseAsync(words, { from: "user" });
    const outcome = found as HoldfastError | number | null;
    return isHoldfastError(outcome) ? outcome.exit : (outcome ?? 0);
  } catch (error) {
    if (error instanceof CommanderError && isHelp(error)) return error.exitCode === 0 ? 0 : WRONG_USE;
    const failure = toHoldfastError(error, helpFor(own));
    output.failure(failure);
    return signal.aborted && isHoldfastError(failure, "CANCELLED") ? "interrupted" : failure.exit;
  }
}

/** Those before `--`: what stands after it belongs to an app. */
function ownWords(words: readonly string[]): readonly string[] {
  const end = words.indexOf("--");
  return end === -1 ? words : words.slice(0, end);
}

/** Help or the version was printed: because it was asked for, or because no command was given. */
function isHelp(error: CommanderError): boolean {
  return ["commander.help", "commander.helpDisplayed", "commander.version"].includes(error.code);
}

function helpFor(words: readonly string[]): string {
  const command = COMMANDS.find(({ name }) => words.includes(name));
  return command === undefined ? "holdfast --help" : `holdfast ${command.name} --help`;
}

/** The settings among the options of a command and of the program. */
function flagsOf(command: Command): SomeSettings {
  const options = command.optsWithGlobals<Record<string, unknown>>();
  return Object.fromEntries(
    SETTING_NAMES.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]),
  );
}

/** Looked for before anything is parsed, because parsing needs the texts of the help. */
function spokenLanguage(words: readonly string[], environment: Environment): Language {
  const { reader, variable, fallback } = SETTINGS.lang;
  const place = words.findIndex((word) => word === "--lang" || word.startsWith("--lang="));
  const word = words[place]?.split("=")[1] ?? words[place + 1] ?? "";
  return reader.fromText(place === -1 ? (environment[variable] ?? "") : word) ?? fallback;
}
