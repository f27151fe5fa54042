import type { Answer } from "./call.ts";

/** The whole of a body (200), the part that a `Range` asks for (206), or none of it (416). */
export function ranged(
  bytes: Buffer,
  range: string | undefined,
  headers: Readonly<Record<string, string>>,
): Answer {
  const common = { "accept-ranges": "bytes", ...headers };
  const match = /^bytes=(\d*)-(\d*)$/.exec(range ?? "");
  if (match === null || (match[1] === "" && match[2] === ""))
    return { status: 200, headers: common, body: bytes };
  const [, first = "", last = ""] = match;
  const start = first === "" ? Math.max(0, bytes.length - Number(last)) : Number(first);
  const end = first === "" || last === "" ? bytes.length : Math.min(Number(last) + 1, bytes.length);
  if (start >= bytes.length || end <= start)
    return {
      status: 416,
      headers: { ...common, "content-range": `bytes */${bytes.length}` },
      body: Buffer.alloc(0),
    };
  const contentRange = `bytes ${start}-${end - 1}/${bytes.length}`;
  return {
    status: 206,
    headers: { ...common, "content-range": contentRange },
    body: bytes.subarray(start, end),
  };
}
