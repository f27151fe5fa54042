import { adopt } from "../../operations/adopt.ts";
import { accessOf } from "../access.ts";
import type { Action, Define } from "../command.ts";

/** `holdfast adopt` */
export const defineAdopt: Define = (command, bind, { values }) => {
  command.argument("[snapshot]", values.snapshotBeside);
  bind(command, run);
};

const run: Action<object> = async (context, _, [snapshot]) => {
  const { settings, output, texts } = context;
  const result = await adopt({ ...(await accessOf(context)), state: settings.state, snapshot });
  output.summary(result, texts.adopted(result));
  return null;
};
