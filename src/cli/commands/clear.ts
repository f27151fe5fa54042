import { resolve } from "node:path";
import { clear } from "../../operations/clear.ts";
import { accessOf } from "../access.ts";
import { confirmOrThrow } from "../ask.ts";
import type { Action, Define } from "../command.ts";
import { shownAddress } from "../format.ts";

interface ClearOptions {
  readonly local?: true;
  readonly remote?: true;
  readonly yes?: true;
}

/** `holdfast clear` */
export const defineClear: Define = (command, bind, { options }) => {
  command.option("--local", options.local).option("--remote", options.remote).option("--yes", options.yes);
  bind(command, run);
};

const run: Action<ClearOptions> = async (context, options) => {
  const { settings, output, texts, signal } = context;
  // Without a choice, both.
  const local = options.local === true || options.remote !== true;
  const remote = options.remote === true || options.local !== true;
  const { state, store } = settings;
  const repository = remote ? await accessOf(context) : undefined;
  const paths = local ? state.map((folder) => resolve(folder)) : [];
  if (options.yes !== true)
    await confirmOrThrow(texts.reallyClear(paths, remote ? shownAddress(store) : null), context);
  const result = await clear({ state: local ? state : undefined, keepStore: store, repository, signal });
  output.summary(result, texts.cleared(result));
  return null;
};
