import { InvalidArgumentError, Option } from "commander";
import { SETTINGS, type Settings } from "../config/settings.ts";

/** The description of an option, with the variable that says the same. */
export function withVariable(description: string, setting: keyof Settings): string {
  return `${description} (env: ${SETTINGS[setting].variable})`;
}

/** An option that may be given several times; its value is a list. */
export function repeatable(flags: string, description: string): Option {
  return new Option(flags, description).argParser(
    (value: string, previous: readonly string[] | undefined) => [...(previous ?? []), value],
  );
}

/** An option whose value is a whole number from 1. */
export function counted(flags: string, description: string): Option {
  return new Option(flags, description).argParser((value: string) => {
    if (/^[1-9]\d{0,8}$/.test(value)) return Number(value);
    throw new InvalidArgumentError("It must be a whole number from 1.");
  });
}

/** An option that is read as the variable of the same setting is, and kept under the name of the setting. */
export function read(flags: string, description: string, setting: keyof Settings): Option {
  const { reader } = SETTINGS[setting];
  const option = new Option(flags, description).argParser((value: string) => {
    const given = reader.fromText(value);
    if (given === null) throw new InvalidArgumentError(`It must be ${reader.expected}.`);
    return given;
  });
  return named(option, setting);
}

/** The same option, kept under the name of a setting that its flag does not spell. */
export function named(option: Option, setting: keyof Settings): Option {
  option.attributeName = () => setting;
  return option;
}

/** What stands below the options in a help: a command line that works. */
export function exampleOf(title: string, example: string): string {
  return `\n${title}\n  ${example}`;
}
