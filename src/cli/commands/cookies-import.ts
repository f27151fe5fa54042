import { HoldfastError } from "../../base/errors.ts";
import { COOKIES_VARIABLE } from "../../config/environment.ts";
import { givenPassword } from "../../config/password.ts";
import { importCookies, type ImportSource } from "../../operations/cookies/import-cookies.ts";
import type { Action, Context } from "../command.ts";
import { cookieCloudOf } from "../cookiecloud.ts";

interface ImportOptions {
  readonly format?: NonNullable<Extract<ImportSource, { kind: "file" }>["format"]>;
  readonly domain?: readonly string[];
  readonly fresh?: "chromium" | "firefox";
  readonly env?: true;
  readonly cookiecloud?: string;
}

/** What `holdfast cookies export` writes when nobody says where to. */
const DEFAULT_FILE = "cookies.json";
/** Nobody types more; who pipes more has the wrong file. */
const MAX_INPUT_BYTES = 32 * 1024 * 1024;

/** `holdfast cookies import` */
export const importAction: Action<ImportOptions> = async (context, options, [file]) => {
  const { settings, output, texts, signal } = context;
  const { state, profile, connect } = settings;
  const result = await importCookies({
    state,
    profile: profile ?? undefined,
    connect: connect ?? undefined,
    fresh: options.fresh,
    domains: options.domain,
    from: await sourceOf(context, options, file),
    signal,
  });
  if (result.cookies + result.origins === 0) output.warn(texts.nothingImported(result));
  const { created, session_only: sessionOnly, origins_left_out: leftOut } = result;
  if (sessionOnly > 0 && !created && connect === null) {
    output.warn(texts.sessionOnly(sessionOnly), texts.sessionOnlyHint);
  }
  if (leftOut > 0) output.warn(texts.noLocalStorage(leftOut), texts.noLocalStorageHint);
  output.summary(result, texts.importedCookies(result));
  return null;
};

async function sourceOf(
  context: Context,
  { format, env, cookiecloud }: ImportOptions,
  file: string | undefined,
): Promise<ImportSource> {
  const { settings, environment } = context;
  if (file !== undefined && (env === true || cookiecloud !== undefined)) {
    throw new HoldfastError({
      code: "CONFIG",
      message: "both a file and another source of cookies are named",
      hint: "leave out the file, --env or --cookiecloud",
    });
  }
  if (env === true) {
    const line = environment[COOKIES_VARIABLE] ?? "";
    if (line === "") throw notSet();
    return { kind: "line", line, password: (await givenPassword(environment, settings.passwordFile)) ?? "" };
  }
  if (cookiecloud !== undefined) {
    return { kind: "cookiecloud", ...(await cookieCloudOf(context, cookiecloud)) };
  }
  if (file === "-") return { kind: "text", text: await readInput(), format };
  return { kind: "file", path: file ?? DEFAULT_FILE, format };
}

async function readInput(): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of process.stdin as AsyncIterable<Buffer>) {
    bytes += piece.byteLength;
    if (bytes > MAX_INPUT_BYTES) {
      throw new HoldfastError({
        code: "COOKIE_FILE",
        message: "there is more on standard input than any file of cookies holds (32 MiB)",
        hint: "give a file that was exported from a browser",
      });
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}

function notSet(): HoldfastError {
  return new HoldfastError({
    code: "CONFIG",
    message: `the variable ${COOKIES_VARIABLE} is not set`,
    hint: "make its value with: holdfast cookies export --env",
  });
}
