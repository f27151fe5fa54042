/** The last second of the year 9999: Playwright refuses a file with a later one. */
const LAST_SECOND = 253_402_300_799;

/** What is expected where {@link expiryOfSeconds} finds nothing. */
export const EXPIRY_EXPECTED = "seconds since 1970 up to the year 9999 (0 or -1 for a session cookie)";

/**
 * Milliseconds for the seconds of a cookie file, rounded; `null` for 0 and -1, which stand for the end of the
 * session; `undefined` for what is no time, milliseconds in place of seconds among them.
 */
export function expiryOfSeconds(seconds: number): number | null | undefined {
  if (seconds === 0 || seconds === -1) return null;
  if (!(seconds > 0 && seconds <= LAST_SECOND)) return undefined;
  return Math.max(1, Math.round(seconds * 1000));
}

/**
 * Seconds, with a fraction, for the milliseconds of a cookie that has an end. Ends before 1970 and after 9999
 * become the first and the last that a file can say.
 */
export function secondsOfExpiry(expiresMs: number): number {
  return Math.min(Math.max(expiresMs, 1), LAST_SECOND * 1000) / 1000;
}
