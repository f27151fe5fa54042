import type { Cut } from "../../src/capture/chunker.ts";

/** The lengths of the chunks that a file with this content is cut into. */
export function cutWhole(cut: Cut, content: Uint8Array): number[] {
  const lengths: number[] = [];
  for (let position = 0; position < content.byteLength;) {
    const length = cut(content.subarray(position), position);
    lengths.push(length);
    position += length;
  }
  return lengths;
}
