import { HoldfastError } from "../base/errors.ts";

const WORD = /(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])+/gsy;

/**
 * Splits a line into words as a shell would: at spaces, with quotes and backslashes, and nothing else.
 *
 * @throws {HoldfastError} `CONFIG` when a quote is not closed
 */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let rest = line.trimStart();
  while (rest !== "") {
    WORD.lastIndex = 0;
    const word = WORD.exec(rest)?.[0];
    const after = word === undefined ? rest : rest.slice(word.length);
    if (word === undefined || /^\S/.test(after)) {
      throw new HoldfastError({
        code: "CONFIG",
        message: "a quote in the login arguments is not closed",
        hint: "write them as in a shell, for example --login-args \"-login --name 'my bot'\"",
      });
    }
    words.push(unquote(word));
    rest = after.trimStart();
  }
  return words;
}

function unquote(word: string): string {
  return word.replace(/"((?:\\.|[^"\\])*)"|'([^']*)'|\\(.)/gs, (_, double, single, escaped) => {
    if (typeof double === "string") return double.replace(/\\(["\\$`])/g, "$1");
    return (single as string | undefined) ?? (escaped as string);
  });
}
