import { givenPassword } from "../../config/password.ts";
import {
  exportCookies,
  type ExportCookiesResult,
  type ExportTarget,
  type WrittenFormat,
} from "../../operations/cookies/export-cookies.ts";
import { VARIABLE_LIMITS } from "../../operations/cookies/sealed-cookies.ts";
import type { Action, Context } from "../command.ts";
import { cookieCloudOf } from "../cookiecloud.ts";

interface ExportOptions {
  readonly format?: WrittenFormat;
  readonly domain?: readonly string[];
  readonly out?: string;
  readonly env?: true;
  readonly cookiecloud?: string;
}

/** `holdfast cookies export` */
export const exportAction: Action<ExportOptions> = async (context, options) => {
  const { settings, output, texts, signal } = context;
  const { state, profile, connect } = settings;
  const result = await exportCookies({
    state,
    profile: profile ?? undefined,
    connect: connect ?? undefined,
    domains: options.domain,
    to: await targetOf(context, options),
    signal,
  });
  const { text, left_out: leftOut } = result;
  if (leftOut.cookies + leftOut.origins > 0) output.warn(texts.leftOut(result), texts.leftOutHint);
  if (text === null) {
    output.summary(result, texts.exportedCookies(result));
    return null;
  }
  if (result.format === "line") tellSize(context, result);
  else if (process.stdout.isTTY && !settings.json) output.warn(texts.onTerminal, texts.onTerminalHint);
  output.data(result, text.replace(/\n$/, ""));
  return null;
};

async function targetOf(context: Context, options: ExportOptions): Promise<ExportTarget> {
  const { settings, environment } = context;
  const { format = "playwright", out, env, cookiecloud } = options;
  if (env === true) {
    return { kind: "line", password: (await givenPassword(environment, settings.passwordFile)) ?? "" };
  }
  if (cookiecloud !== undefined) {
    return { kind: "cookiecloud", ...(await cookieCloudOf(context, cookiecloud)) };
  }
  if (out === "-") return { kind: "text", format };
  return { kind: "file", format, path: out ?? `cookies.${format === "netscape" ? "txt" : "json"}` };
}

function tellSize({ output, texts }: Context, { bytes, cookies }: ExportCookiesResult): void {
  const size = bytes ?? 0;
  output.note(texts.sealedSize(cookies, size));
  const tooSmall = VARIABLE_LIMITS.filter((limit) => limit.bytes < size);
  if (tooSmall.length > 0) output.warn(texts.tooLargeFor(tooSmall), texts.tooLargeHint);
}
