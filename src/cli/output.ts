import { styleText } from "node:util";
import type { HoldfastError } from "../base/errors.ts";
import type { ProgressListener } from "../base/progress.ts";
import { printable } from "./format.ts";
import { openProgressBar } from "./progress-bar.ts";
import type { Texts } from "./texts/texts.ts";

/** How much is said, and to whom. */
export interface OutputOptions {
  /** Results and errors as JSON on standard output. */
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly texts: Texts;
}

/**
 * Where a command prints. Results go to standard output; everything else goes to standard error, so
 * that a program can read the one while a person reads the other.
 */
export interface Output {
  /** What was asked for: a list, a table. Printed in any case. */
  data(json: unknown, text: string): void;
  /** What was done, in a sentence; not with `--quiet`, unless a program reads it. */
  summary(json: unknown, text: string): void;
  warn(message: string, hint?: string): void;
  /** Something to know about the result, on standard error; not with `--quiet`. */
  note(message: string): void;
  /** Something that has happened while long work goes on, on standard error; not with `--quiet`. */
  event(json: unknown, text: string): void;
  /** What somebody has to do now for the work to go on, on standard error; in any case. */
  instruct(json: unknown, text: string): void;
  /** Only with `--verbose`. */
  detail(message: string): void;
  /** What went wrong although there is a result. */
  error(error: HoldfastError): void;
  /** What went wrong instead of a result: with `--json`, it is the result. */
  failure(error: HoldfastError): void;
  /** Runs long work under a bar, where somebody would see one. */
  withProgress<Result>(
    label: string,
    work: (onProgress?: ProgressListener) => Promise<Result>,
  ): Promise<Result>;
}

/** Prints to the standard streams of this process. */
export function createOutput(options: OutputOptions): Output {
  const { json, quiet, verbose, texts } = options;
  const result = (value: unknown, text: string): void => {
    if (json) process.stdout.write(`${JSON.stringify(value)}\n`);
    else if (text !== "") process.stdout.write(`${text}\n`);
  };
  const message = (
    label: string,
    colour: "red" | "yellow" | "dim",
    text: string,
    hint: string | null,
  ): void => {
    const styled = (format: typeof colour | "cyan", word: string): string =>
      styleText(format, word, { stream: process.stderr });
    process.stderr.write(`holdfast: ${styled(colour, label)} ${printable(text)}\n`);
    if (hint !== null) process.stderr.write(`${styled("cyan", texts.hint)} ${printable(hint)}\n`);
  };
  const output: Output = {
    data: result,
    summary: (value, text) => {
      if (json || !quiet) result(value, text);
    },
    warn: (text, hint) => message(texts.warning, "yellow", text, hint ?? null),
    note: (text) => {
      if (!quiet) process.stderr.write(`holdfast: ${printable(text)}\n`);
    },
    event: (value, text) => {
      if (json) process.stderr.write(`${JSON.stringify(value)}\n`);
      else output.note(text);
    },
    instruct: (value, text) => {
      process.stderr.write(json ? `${JSON.stringify(value)}\n` : `holdfast: ${printable(text)}\n`);
    },
    detail: (text) => {
      if (verbose) process.stderr.write(`holdfast: ${printable(text)}\n`);
    },
    error: (error) => {
      message(texts.error, "red", error.message, error.hint);
      if (verbose) for (const line of causesOf(error)) output.detail(line);
    },
    failure: (error) => {
      if (json) process.stdout.write(`${JSON.stringify(error)}\n`);
      output.error(error);
    },
    withProgress: async (label, work) => {
      if (!process.stderr.isTTY || quiet || json) return work();
      using bar = await openProgressBar({ label, upload: texts.progress.upload }, process.stderr);
      return await work(bar.onProgress);
    },
  };
  return output;
}

/** The chain of original errors, the nearest first. */
function causesOf(error: Error): string[] {
  const lines: string[] = [];
  for (let cause = error.cause; cause instanceof Error && lines.length < 10; cause = cause.cause) {
    lines.push(`caused by ${cause.name}: ${cause.message}`);
  }
  return lines;
}
