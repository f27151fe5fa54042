import { HoldfastError } from "../../base/errors.ts";
import type { Cookie } from "../cookie.ts";

/** The running browser took all cookies but these. */
export function cookieRefused(refused: readonly Cookie[]): HoldfastError {
  const first = refused[0];
  const which = `cookie ${JSON.stringify(first?.name ?? "")} of ${JSON.stringify(first?.host ?? "")}`;
  const others = refused.length > 1 ? ` and ${refused.length - 1} more` : "";
  return new HoldfastError({
    code: "COOKIE_FILE",
    message: `the browser refused ${which}${others}; the others are in it`,
    hint: "correct the cookie, or leave it out",
  });
}
