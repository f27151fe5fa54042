import { HoldfastError } from "../base/errors.ts";
import type { Context } from "./command.ts";

/**
 * Asks a question on the terminal, where the answer has to be yes.
 *
 * @throws {HoldfastError} `CONFIG` when there is nobody to ask, `CANCELLED` when the answer is no
 */
export async function confirmOrThrow(question: string, { texts, signal }: Context): Promise<void> {
  if (!canAsk()) {
    throw new HoldfastError({
      code: "CONFIG",
      message: "this removes data, and there is no terminal to ask on",
      hint: "add --yes if that is what you want",
    });
  }
  const { confirm } = await import("@clack/prompts");
  const answer = await confirm({
    message: question,
    initialValue: false,
    active: texts.yes,
    inactive: texts.no,
    ...streams(signal),
  });
  if (answer !== true) throw declined();
}

/**
 * Asks for a new password, twice.
 *
 * @throws {HoldfastError} `CONFIG` when the two differ, `CANCELLED` when none is given
 */
export async function askNewPassword({ texts, signal }: Context): Promise<string> {
  const { password } = await import("@clack/prompts");
  const validate = (value: string | undefined): string | undefined =>
    value === undefined || value === "" ? texts.passwordIsEmpty : undefined;
  const first = await password({ message: texts.newPassword, validate, ...streams(signal) });
  const second =
    typeof first === "string"
      ? await password({ message: texts.newPasswordAgain, ...streams(signal) })
      : first;
  if (typeof first !== "string" || typeof second !== "string") throw declined();
  if (first === second) return first;
  throw new HoldfastError({ code: "CONFIG", message: "the two passwords differ", hint: "try again" });
}

/** Whether there is somebody to ask. */
export function canAsk(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/** Standard output belongs to the result. */
function streams(signal: AbortSignal): { output: NodeJS.WriteStream; signal: AbortSignal; withGuide: false } {
  return { output: process.stderr, signal, withGuide: false };
}

function declined(): HoldfastError {
  return new HoldfastError({ code: "CANCELLED", message: "nothing was changed" });
}
