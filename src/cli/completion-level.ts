/** What can be typed once some command words are there. */
export interface Level {
  /** For example `key add`; '' before any command. */
  readonly command: string;
  readonly subcommands: readonly Named[];
  readonly options: readonly OptionShape[];
  /** Words that an argument can be. */
  readonly choices: readonly string[];
}

/** Something that can be typed. */
export interface Named {
  readonly name: string;
  readonly summary: string;
}

/** What follows an option. */
export type Operand = "nothing" | "text" | "folder" | "file" | "choice";

/** An option that can be typed. */
export interface OptionShape extends Named {
  readonly operand: Operand;
  /** The words to choose from, for `choice`. */
  readonly choices: readonly string[];
}
