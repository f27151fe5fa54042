import { adopt, type AdoptResult } from "../../operations/adopt.ts";
import type { SaveResult } from "../../operations/save.ts";
import { askControl, controlPath } from "../../run/control.ts";
import { storeKey } from "../../run/store-key.ts";
import { accessOf } from "../access.ts";
import type { Action, Define } from "../command.ts";

/** `holdfast adopt` */
export const defineAdopt: Define = (command, bind, { values }) => {
  command.argument("[snapshot]", values.snapshotBeside);
  bind(command, run);
};

const run: Action<object> = async (context, _, [snapshot]) => {
  const { settings, environment, output, texts, signal } = context;
  // What a running app has now is newer than anything that is kept beside.
  const supervised =
    snapshot === undefined
      ? await askControl(
          controlPath(settings.state, environment),
          { command: "adopt", store: storeKey(settings.store) },
          signal,
        )
      : null;
  if (supervised !== null && supervised.result !== null) {
    const saved = supervised.result as SaveResult;
    output.summary(ofRunning(saved), texts.saved(saved));
    return null;
  }
  const result = await adopt({ ...(await accessOf(context)), state: settings.state, snapshot });
  output.summary(result, texts.adopted(result));
  return null;
};

/** The state of a running app was saved as the good one, and needs to be adopted no more. */
function ofRunning({ snapshot, parent, files, bytes }: SaveResult): AdoptResult {
  const saved = new Date().toISOString();
  return { snapshot, adopted: snapshot, was: [], parent, saved, files: files.total, bytes: bytes.state };
}
