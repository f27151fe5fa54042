import { HoldfastError } from "../../base/errors.ts";
import type { CookieJar } from "../../browser/cookie.ts";
import { formatDocument, parseDocument } from "../../browser/jar-document.ts";
import { openLine, sealLine } from "../../browser/sealed-line.ts";
import { atBorder } from "../border.ts";

/** How much a host takes in a variable. */
export interface VariableLimit {
  readonly host: string;
  readonly bytes: number;
}

/** The limits of some hosts; those of AWS Lambda and Heroku are for all variables together. */
export const VARIABLE_LIMITS: readonly VariableLimit[] = [
  { host: "AWS Lambda", bytes: 4 * 1024 },
  { host: "Heroku", bytes: 32 * 1024 },
  { host: "GitHub Actions", bytes: 48 * 1024 },
];

/** One string of the environment, with its name and a NUL (Linux, `MAX_ARG_STRLEN`). */
const LINUX_BYTES = 128 * 1024;
/** `HOLDFAST_COOKIES`, '=' and NUL. */
const NAME_BYTES = 18;

/**
 * Seals cookies into one line for a secret of a host: compressed, encrypted and authenticated with the
 * password. {@link openSealedCookies} is the way back.
 *
 * @throws {HoldfastError} `CONFIG` when the password is empty, or the line larger than any environment
 *   can hold (128 KiB)
 * @example
 * ```ts
 * const { jar } = await readCookies({ state: ["data"], domains: ["example.com"] });
 * console.log(await sealCookies(jar, password));
 * ```
 */
export function sealCookies(jar: CookieJar, password: string): Promise<string> {
  return atBorder("could not seal the cookies", async () => {
    refuseEmpty(password);
    const line = await sealLine(formatDocument({ origin: null, jar }, true), password);
    if (line.length + NAME_BYTES <= LINUX_BYTES) return line;
    throw new HoldfastError({
      code: "CONFIG",
      message: `the sealed cookies have ${line.length} bytes, and a variable holds at most 128 KiB`,
      hint: "choose the sites that you need, for example: --domain example.com",
    });
  });
}

/**
 * The cookies in a line that {@link sealCookies} made.
 *
 * @throws {HoldfastError} `COOKIE_FILE` when it is no such line, `WRONG_PASSWORD`, `CONFIG` when the
 *   password is empty
 */
export function openSealedCookies(line: string, password: string): Promise<CookieJar> {
  return atBorder("could not open the sealed cookies", async () => {
    refuseEmpty(password);
    return parseDocument(await openLine(line, password)).jar;
  });
}

function refuseEmpty(password: string): void {
  if (password !== "") return;
  throw new HoldfastError({
    code: "CONFIG",
    message: "sealed cookies need a password: everybody who sees the line could open it",
    hint: "set HOLDFAST_PASSWORD or HOLDFAST_PASSWORD_FILE",
  });
}
