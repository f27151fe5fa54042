/** A table of a Markdown document. */
export interface Table {
  readonly header: readonly string[];
  /** Cells by row, trimmed, as they are written. */
  readonly rows: readonly (readonly string[])[];
}

/** The tables of a document, in order. */
export function tablesOf(markdown: string): readonly Table[] {
  const blocks = withoutCode(markdown).match(/(?:^\|.*\|$\n?)+/gm) ?? [];
  return blocks.map((block) => {
    const [header = [], , ...rows] = block.trim().split("\n").map(cellsOf);
    return { header, rows };
  });
}

/** The targets of the links of a document. */
export function linksOf(markdown: string): readonly string[] {
  return [...withoutCode(markdown).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
}

/** The anchors that the headings of a document have on the usual hosts. */
export function anchorsOf(markdown: string): ReadonlySet<string> {
  const headings = withoutCode(markdown).matchAll(/^#+ (.+)$/gm);
  return new Set(
    [...headings].map(([, text = ""]) =>
      text
        .toLowerCase()
        .replace(/[^\p{Letter}\p{Number} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

/** The text between backticks in a cell, each. */
export function codeIn(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text);
}

/** The text between backticks in a document, code blocks left out. */
export function codeSpansOf(markdown: string): readonly string[] {
  return codeIn(withoutCode(markdown));
}

/** The commands of the code blocks that are marked as shell, a line each. */
export function shellLinesOf(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^```sh\n([\s\S]*?)^```$/gm)]
    .flatMap(([, block = ""]) => block.split("\n"))
    .filter(Boolean);
}

function withoutCode(markdown: string): string {
  return markdown.replace(/^```[\s\S]*?^```$/gm, "");
}

function cellsOf(line: string): readonly string[] {
  return line
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll("\\|", "|"));
}
