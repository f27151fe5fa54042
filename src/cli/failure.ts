import { CommanderError } from "commander";
import { fileError } from "../base/file-error.ts";
import { HoldfastError, isHoldfastError } from "../base/errors.ts";

/**
 * Whatever was thrown, as an error that a user understands.
 *
 * @param help what shows how the command is used
 */
export function toHoldfastError(error: unknown, help: string): HoldfastError {
  if (isHoldfastError(error)) return error;
  if (error instanceof CommanderError) return wrongUse(error, help);
  if (error instanceof Error && error.name === "AbortError") {
    return new HoldfastError({ code: "CANCELLED", message: "interrupted", cause: error });
  }
  return fileError(error, "something unexpected happened");
}

/** What commander found wrong, in our form: lower case, no full stop, the suggestion as a hint. */
function wrongUse(error: CommanderError, help: string): HoldfastError {
  const [first = "", ...rest] = error.message.replace(/^error: /, "").split("\n");
  const meant = /\(Did you mean (.*)\?\)/.exec(rest.join(" "))?.[1];
  const message = first
    .replace(/\.$/, "")
    .replace(/\. ([A-Z])/g, (_, letter: string) => `, ${letter.toLowerCase()}`);
  const hint = meant === undefined ? `see: ${help}` : `did you mean ${meant}?`;
  return new HoldfastError({ code: "CONFIG", message, hint, cause: error });
}
