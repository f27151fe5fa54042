import { Argument } from "commander";
import type { Action, Define } from "../command.ts";
import { completionScript, SHELLS, type Shell } from "../completion.ts";
import { buildProgram } from "../program.ts";

/** `holdfast completion` */
export const defineCompletion: Define = (command, bind, { values }) => {
  command.addArgument(new Argument("<shell>", values.shell).choices(SHELLS));
  bind(command, run);
};

const run: Action<object> = async ({ output, texts }, _, [shell]) => {
  const program = await buildProgram(texts, null, () => undefined);
  const script = completionScript(program, shell as Shell);
  output.data({ script }, script.trimEnd());
  return null;
};
