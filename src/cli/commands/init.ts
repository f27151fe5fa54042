import { createInterface } from "node:readline";
import { Argument } from "commander";
import { HoldfastError } from "../../base/errors.ts";
import { DRIVE_VARIABLES } from "../../config/environment.ts";
import { type DriveApp, type DriveKind, signIn, type SignInPrompt } from "../../operations/sign-in.ts";
import type { Action, Context, Define } from "../command.ts";
import { given, tokenFileFrom } from "../credentials.ts";

interface InitOptions {
  readonly print?: true;
  readonly paste?: true;
}

const DRIVES: readonly DriveKind[] = ["onedrive", "gdrive"];

/** `holdfast init onedrive|gdrive` */
export const defineInit: Define = (command, bind, { options, values }) => {
  command.addArgument(new Argument("<drive>", values.drive).choices(DRIVES));
  command.option("--print", options.print);
  command.option("--paste", options.paste);
  bind(command, run);
};

const run: Action<InitOptions> = async (context, { print = false, paste = false }, [word]) => {
  const { environment, output, texts, signal } = context;
  const drive = word as DriveKind;
  const app = appFor(drive, context);
  const tokenFile = print ? null : tokenFileFrom(environment);
  const onPrompt = (prompt: SignInPrompt): void => {
    const { url, code, untilMs } = prompt;
    const expires = untilMs === null ? null : new Date(untilMs).toISOString();
    const isFor = code === null ? texts.signInPaste(url) : texts.signInCode(url, code);
    output.instruct({ event: "sign_in", url, code, expires }, isFor);
  };
  const readPasted = paste ? () => readLine(signal) : undefined;
  const result = await signIn({ drive, app, tokenFile, onPrompt, readPasted, signal });
  if (print) output.data(result, result.token ?? "");
  else output.summary(result, texts.signedIn(result));
  const isTesting = drive === "gdrive" && result.ends !== null;
  if (isTesting) output.warn(texts.signInIsTesting(result.ends ?? ""), texts.signInIsTestingHint);
  else if (print && result.ends !== null) output.note(texts.signInEnds(result.ends));
  return null;
};

/** Ids of apps are configuration, because a provider limits and ends apps as a whole. */
function appFor(drive: DriveKind, { environment }: Context): DriveApp {
  const isGoogle = drive === "gdrive";
  const variable = isGoogle ? DRIVE_VARIABLES.gdriveClientId : DRIVE_VARIABLES.onedriveClientId;
  const clientId = given(environment, variable);
  const clientSecret = isGoogle ? given(environment, DRIVE_VARIABLES.gdriveClientSecret) : null;
  if (clientId === null) throw missing(variable);
  if (isGoogle && clientSecret === null) throw missing(DRIVE_VARIABLES.gdriveClientSecret);
  return { clientId, clientSecret };
}

function missing(variable: string): HoldfastError {
  const page = variable.includes("GDRIVE") ? "google-drive" : "onedrive";
  return new HoldfastError({
    code: "CONFIG",
    message: `no app is known to sign in to: ${variable} is not set`,
    hint: `register one once, as docs/stores/${page}.md says, and set the variable`,
  });
}

/** The first line of standard input. */
async function readLine(signal: AbortSignal): Promise<string> {
  const lines = createInterface({ input: process.stdin, terminal: false, signal });
  try {
    for await (const line of lines) return line;
  } finally {
    lines.close();
  }
  throw new HoldfastError({ code: "CANCELLED", message: "nothing was pasted, so nobody is signed in" });
}
