import ignore from "ignore";

/** What the Hub puts in every new dataset, as far as it matters here: archives and media go through LFS. */
const LFS_PATTERNS = (
  "7z arrow avro bin bz2 ckpt ftz gz h5 joblib lz4 mds mlmodel model msgpack npy npz onnx ot parquet pb pickle pkl pt pth rar " +
  "safetensors tar tflite tgz wasm xz zip zst pcm sam raw aac flac mp3 ogg wav bmp gif png tiff jpg jpeg webp mp4 webm"
)
  .split(" ")
  .map((extension) => `*.${extension}`);

const LFS = "filter=lfs diff=lfs merge=lfs -text";

/** The first file of every repository. */
export const DEFAULT_GIT_ATTRIBUTES: string = [...LFS_PATTERNS, "saved_model/**/*", "*.tar.*", "*tfevents*"]
  .map((pattern) => `${pattern} ${LFS}\n`)
  .join("");

/** Whether a `.gitattributes` sends a path through LFS; the last line that concerns it decides. */
export function isLfsPath(attributes: string, path: string): boolean {
  let isLfs = false;
  for (const line of attributes.split("\n")) {
    const [pattern, ...values] = line.trim().split(/\s+/);
    if (pattern === undefined || pattern === "" || pattern.startsWith("#")) continue;
    if (!ignore().add(pattern).ignores(path)) continue;
    if (values.includes("filter=lfs")) isLfs = true;
    else if (values.includes("-filter") || values.includes("!filter")) isLfs = false;
  }
  return isLfs;
}

/** Whether a `.gitignore` leaves a path out. */
export function isIgnored(patterns: string, path: string): boolean {
  return ignore().add(patterns).ignores(path);
}

/** Whether the beginning of a file looks binary: a NUL, or not UTF-8. Zero bytes are text. */
export function isBinary(sample: Buffer): boolean {
  if (sample.includes(0)) return true;
  try {
    // The end of the sample may cut a character.
    new TextDecoder("utf-8", { fatal: true }).decode(sample, { stream: true });
    return false;
  } catch {
    return true;
  }
}
