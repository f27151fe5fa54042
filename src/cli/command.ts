import type { Command, OptionValues } from "commander";
import type { HoldfastError } from "../base/errors.ts";
import type { Environment } from "../config/environment.ts";
import type { Settings } from "../config/settings.ts";
import type { Output } from "./output.ts";
import type { Texts } from "./texts/texts.ts";

/** What every command is given. */
export interface Context {
  readonly settings: Settings;
  readonly environment: Environment;
  readonly output: Output;
  readonly texts: Texts;
  /** Aborted when the user gives up. */
  readonly signal: AbortSignal;
}

/**
 * Does what a command is for.
 *
 * @returns what was found to be wrong although there was a result to print; `null` when all is well; a
 *   number is the exit status of the app that it ran
 */
export type Action<Options> = (
  context: Context,
  options: Options,
  values: readonly string[],
) => Promise<HoldfastError | number | null>;

/** Ties an action to a command: commander parses, then the action runs with the settings resolved. */
export type Bind = <Options extends OptionValues>(command: Command, action: Action<Options>) => void;

/** Adds options, arguments and the action to a command that has its name and summary already. */
export type Define = (command: Command, bind: Bind, texts: Texts) => void;
