import { randomBytes } from "node:crypto";
import { openNativePrimitives } from "../../src/repository/native-primitives.ts";
import { portablePrimitives } from "../../src/repository/portable-primitives.ts";
import type { Primitives } from "../../src/repository/primitives.ts";
import { megabytesPerSecond } from "./measure.ts";

/** Rates of our two sets of primitives: libraries inside Node called directly, and Node's own interface. */
export interface NativeRow {
  readonly work: string;
  readonly messageBytes: number;
  readonly directMBps: number;
  readonly portableMBps: number;
}

const MESSAGE_BYTES = [2 * 1024, 256 * 1024] as const;
const LEVEL = 3;

/** Measures both with small and large messages; the text compresses to about a third. */
export function measureNative(): readonly NativeRow[] {
  const direct = openNativePrimitives();
  return MESSAGE_BYTES.flatMap((messageBytes) => {
    const works = worksOn(messageBytes);
    return Object.entries(works).map(([work, run]) => ({
      work,
      messageBytes,
      directMBps: megabytesPerSecond(messageBytes, () => run(direct)),
      portableMBps: megabytesPerSecond(messageBytes, () => run(portablePrimitives)),
    }));
  });
}

function worksOn(messageBytes: number): Readonly<Record<string, (primitives: Primitives) => unknown>> {
  const [key, iv, random] = [randomBytes(32), randomBytes(16), randomBytes(messageBytes)];
  const output = Buffer.alloc(messageBytes);
  const text = Buffer.from(random.toString("base64").replace(/[a-z]/g, "e").slice(0, messageBytes));
  const compressed = portablePrimitives.zstdCompress(text, LEVEL);
  return {
    Poly1305: (primitives) => primitives.poly1305(random, key),
    "AES-256-CTR": (primitives) => primitives.aes256Ctr(key, iv, random, output),
    "Zstandard, compress": (primitives) => primitives.zstdCompress(text, LEVEL),
    "Zstandard, decompress": (primitives) => primitives.zstdDecompress(compressed, messageBytes),
  };
}
