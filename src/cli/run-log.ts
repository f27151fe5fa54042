import type { RunEvent } from "../run/events.ts";
import type { Context } from "./command.ts";
import { warnOfRestore, warnOfSave } from "./warnings.ts";

/** Says what happens while an app is supervised, a line each; with `--json`, an object each. */
export function reportRun(context: Context, event: RunEvent): void {
  const { output, texts } = context;
  switch (event.kind) {
    case "transition":
      return output.event(event, texts.transition(event));
    case "started":
      return output.event(event, texts.appStarted(event));
    case "resumed": {
      const { restored, beside } = event.result;
      output.event(event, texts.resumed(event.result));
      if (restored !== null) warnOfRestore(context, restored);
      if (beside !== null) output.warn(texts.savedBeside(beside), texts.savedBesideHint(beside));
      return undefined;
    }
    case "cookies":
      return output.event(event, texts.givenCookies(event.result));
    case "saved": {
      const { result } = event;
      output.event(event, texts.savedWhile(event));
      warnOfSave(context, result);
      if (result.shrunk) output.warn(texts.shrunk, texts.shrunkWhileHint);
      if (result.fork) output.warn(texts.forked(result), texts.savedBesideHint(result));
      return undefined;
    }
    case "unchanged":
      return output.detail(texts.unchanged);
    case "save-failed":
      return output.warn(texts.saveFailed(event.error.message), event.error.hint ?? undefined);
    case "warning":
      return output.warn(event.message, event.hint ?? undefined);
    case "request":
      return output.warn(event.message, event.hint);
    default:
      return event satisfies never;
  }
}
