import { HoldfastError } from "../../base/errors.ts";
import type { SaveResult } from "../../operations/save.ts";
import { askControl, controlPath } from "../../run/control.ts";
import type { Action, Define } from "../command.ts";

/** `holdfast done` */
export const defineDone: Define = (command, bind) => {
  bind(command, run);
};

const run: Action<Record<string, never>> = async ({ settings, environment, output, texts, signal }) => {
  const answer = await askControl(controlPath(settings.state, environment), { command: "done" }, signal);
  if (answer === null) {
    throw new HoldfastError({
      code: "CONFIG",
      message: `no holdfast run supervises ${settings.state.join(", ")} here`,
      hint: "name the same folders as it does with --state, as the same user, on the same machine",
    });
  }
  const result = answer.result as SaveResult;
  output.summary(result, texts.saved(result));
  return null;
};
