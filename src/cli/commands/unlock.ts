import { unlock } from "../../operations/unlock.ts";
import { accessOf } from "../access.ts";
import type { Action, Define } from "../command.ts";

interface UnlockOptions {
  readonly all?: true;
}

/** `holdfast unlock` */
export const defineUnlock: Define = (command, bind, { options }) => {
  command.option("--all", options.all);
  bind(command, run);
};

const run: Action<UnlockOptions> = async (context, { all }) => {
  const result = await unlock({ ...(await accessOf(context)), all });
  context.output.summary(result, context.texts.unlocked(result));
  return null;
};
