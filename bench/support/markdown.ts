/** A table for people; numbers are aligned to the right. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(" | ")} |`;
  const rule = head.map((_, column) => (typeof rows[0]?.[column] === "number" ? "---:" : "---"));
  return [line(head), line(rule), ...rows.map((row) => line(row))].join("\n");
}
