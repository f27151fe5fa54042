import { HoldfastError } from "../base/errors.ts";

const NS_PER_SECOND = 1_000_000_000n;
/** Go's JSON takes the years 0 to 9999; restic moves other years to the nearest of them. */
const FIRST_SECOND = -62_167_219_200n;
const LAST_SECOND = 253_402_300_799n;

/** Now, in nanoseconds since 1970-01-01 UTC (the clock itself tells milliseconds). */
export function nowNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}

/** RFC 3339 in UTC with as many digits as needed, as Go's `time.RFC3339Nano` writes it. */
export function formatTime(timeNs: bigint): string {
  let seconds = timeNs / NS_PER_SECOND;
  let rest = timeNs % NS_PER_SECOND;
  if (rest < 0n) {
    rest += NS_PER_SECOND;
    seconds -= 1n;
  }
  if (seconds < FIRST_SECOND) seconds = FIRST_SECOND;
  if (seconds > LAST_SECOND) seconds = LAST_SECOND;
  const whole = wholeSecond(Number(seconds));
  if (rest === 0n) return `${whole}Z`;
  return `${whole}.${rest.toString().padStart(9, "0").replace(/0+$/, "")}Z`;
}

/** Files of a folder were often written within the same second; a tree has three times for each. */
let lastSecond = { seconds: 0, text: "1970-01-01T00:00:00" };

function wholeSecond(seconds: number): string {
  if (seconds !== lastSecond.seconds) {
    lastSecond = { seconds, text: new Date(seconds * 1000).toISOString().slice(0, 19) };
  }
  return lastSecond.text;
}

const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:Z|([+-])(\d\d):(\d\d))$/;
const WHOLE_SECOND_CHARACTERS = "1970-01-01T00:00:00".length;

/** Whole seconds that were parsed already: the files of a state share few of them. */
const parsedSeconds = new Map<string, bigint>();
const MAX_PARSED_SECONDS = 4096;

/**
 * Nanoseconds since 1970-01-01 UTC of an RFC 3339 time with any zone.
 *
 * @throws {HoldfastError} `DATA_DAMAGED` when it is not one
 */
export function parseTime(text: string): bigint {
  const end = text.endsWith("Z") ? text.length - 1 : text.length - "+00:00".length;
  const prefix = text.slice(0, WHOLE_SECOND_CHARACTERS);
  const suffix = text.slice(end);
  const secondNs = parseSecond(prefix + suffix);
  const fraction = text.slice(WHOLE_SECOND_CHARACTERS, end);
  if (fraction === "") return secondNs;
  if (!/^\.\d{1,9}$/.test(fraction)) throw notATime();
  return secondNs + BigInt(fraction.slice(1).padEnd(9, "0"));
}

function parseSecond(text: string): bigint {
  let secondNs = parsedSeconds.get(text);
  if (secondNs === undefined) {
    secondNs = parseNewSecond(text);
    if (parsedSeconds.size >= MAX_PARSED_SECONDS) parsedSeconds.clear();
    parsedSeconds.set(text, secondNs);
  }
  return secondNs;
}

function parseNewSecond(text: string): bigint {
  const parts = RFC_3339.exec(text);
  if (parts === null) throw notATime();
  const [, year, month, day, hour, minute, second, sign, zoneHour, zoneMinute] = parts;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  date.setUTCHours(Number(hour), Number(minute), Number(second));
  // A day or hour that does not exist moves on to another one.
  if (date.toISOString().slice(0, WHOLE_SECOND_CHARACTERS) !== text.slice(0, WHOLE_SECOND_CHARACTERS))
    throw notATime();
  const zoneMinutes = sign === undefined ? 0 : Number(zoneHour) * 60 + Number(zoneMinute);
  const milliseconds = date.getTime() + (sign === "-" ? 1 : -1) * zoneMinutes * 60_000;
  return BigInt(milliseconds) * 1_000_000n;
}

function notATime(): HoldfastError {
  return new HoldfastError({ code: "DATA_DAMAGED", message: "a time is not in RFC 3339 form" });
}
