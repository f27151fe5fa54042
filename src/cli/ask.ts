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
  if (signal.aborted) throw declined();
  const answer = await confirm({
    message: question,
    initialValue: false,
    active: texts.yes,
    inactive: texts.no,
    ...terminal(signal),
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
  const first = await password({ message: texts.newPassword, validate, ...terminal(signal) });
  const second =
    typeof first === "string"
      ? await password({ message: texts.newPasswordAgain, ...terminal(signal) })
      : first;
  if (typeof first !== "string" || typeof second !== "string") throw declined();
  if (first === second) return first;
  throw new HoldfastError({ code: "CONFIG", message: "the two passwords differ", hint: "try again" });
}

/** Whether there is somebody to ask. */
export function canAsk(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

interface Terminal {
  readonly output: NodeJS.WriteStream;
  readonly signal: AbortSignal;
  readonly withGuide: false;
}

/** Questions go to standard error, because standard output belongs to the result. */
function terminal(signal: AbortSignal): Terminal {
  const gone = new AbortController();
  // Nobody will answer any more; without this, the question would wait for ever.
  process.stdin.once("end", () => gone.abort());
  return { output: process.stderr, signal: AbortSignal.any([signal, gone.signal]), withGuide: false };
}

function declined(): HoldfastError {
  return new HoldfastError({ code: "CANCELLED", message: "nothing was changed" });
}
