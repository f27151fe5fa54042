import width from "fast-string-width";

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** A size for people, in binary units: `512 B`, `1.5 KiB`, `266.0 MiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // 1023.95 would be shown as 1024.0.
  while (value >= 1023.95 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit] ?? ""}`;
}

/** A length of time for people: `0.34 s`, `12 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatDuration(seconds: number): string {
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** A whole number with thousands apart: `12,952`. */
export function formatCount(count: number): string {
  // Intl would do it too, after loading for 13 ms.
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A point in time in the zone of this machine: `2026-11-23 18:09:41`. */
export function formatTime(time: Date): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

/** How the text of a column stands. */
export type Alignment = "left" | "right";

/**
 * Rows of texts as columns, two spaces apart, without spaces at the ends of lines.
 *
 * @param alignments one for each column
 */
export function formatTable(rows: readonly (readonly string[])[], alignments: readonly Alignment[]): string {
  const widths = alignments.map((_, column) => Math.max(0, ...rows.map((row) => width(row[column] ?? ""))));
  const line = (row: readonly string[]): string =>
    alignments
      .map((alignment, column) => {
        const cell = row[column] ?? "";
        const space = " ".repeat((widths[column] ?? 0) - width(cell));
        return alignment === "left" ? cell + space : space + cell;
      })
      .join("  ")
      .trimEnd();
  return rows.map(line).join("\n");
}

/** The address of a store without what may be secret: a password before the host, a signature after '?'. */
export function shownAddress(store: string): string {
  return store.replace(/\/\/[^/]*@/, "//").replace(/\?.*$/s, "");
}

/**
 * Text that came from outside, safe to show on a terminal: control characters, which could rewrite
 * what stands on it, are spelled out.
 */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (character) => {
    if (character === "\n") return "\\n";
    if (character === "\t") return "\\t";
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
