import { createCipheriv, createDecipheriv, randomBytes, scrypt, type ScryptOptions } from "node:crypto";
import { promisify } from "node:util";
import { brotliCompress, brotliDecompress, constants } from "node:zlib";
import { HoldfastError } from "../base/errors.ts";

/**
 * What a line starts with: the name and the version of the format.
 *
 * Version 1 is base64url of salt (16 bytes), nonce (12), ciphertext, tag (16): AES-256-GCM with the start
 * of the line as associated data, of text compressed with brotli; the key is scrypt of the password
 * (N=32768, r=8, p=1, as for the keys of a repository).
 */
const START = "hfc1_";
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const SCRYPT: ScryptOptions = { N: 32_768, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };

/** No host takes as much, and no environment can hold it; enough to refuse what only takes memory. */
const MAX_LINE_CHARACTERS = 4 * 1024 * 1024;
const MAX_TEXT_BYTES = 32 * 1024 * 1024;

type Derive = (password: string, salt: Uint8Array, length: number, options: ScryptOptions) => Promise<Buffer>;
const derive: Derive = promisify(scrypt);
const compress = promisify(brotliCompress);
const decompress = promisify(brotliDecompress);

/**
 * Seals a text into one line of letters, digits, '-' and '_', which an environment variable can hold.
 * No two lines are equal, even of the same text.
 *
 * @param password not empty
 */
export async function sealLine(text: string, password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const nonce = randomBytes(NONCE_BYTES);
  const bytes = Buffer.from(text);
  const packed = await compress(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.byteLength,
    },
  });
  const cipher = createCipheriv("aes-256-gcm", await derive(password, salt, KEY_BYTES, SCRYPT), nonce);
  cipher.setAAD(Buffer.from(START));
  const sealed = Buffer.concat([salt, nonce, cipher.update(packed), cipher.final(), cipher.getAuthTag()]);
  return START + sealed.toString("base64url");
}

/**
 * The text of a line that {@link sealLine} made; spaces and line breaks around it do not matter.
 *
 * @throws {HoldfastError} `COOKIE_FILE` when it is no such line or a cut one, `WRONG_PASSWORD` when it
 *   does not open: another password, or another text in between
 */
export async function openLine(line: string, password: string): Promise<string> {
  const sealed = decode(line.trim());
  const salt = sealed.subarray(0, SALT_BYTES);
  const nonce = sealed.subarray(SALT_BYTES, SALT_BYTES + NONCE_BYTES);
  const ciphertext = sealed.subarray(SALT_BYTES + NONCE_BYTES, -TAG_BYTES);
  const key = await derive(password, salt, KEY_BYTES, SCRYPT);
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(START));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  let packed: Buffer;
  try {
    packed = Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  } catch (cause) {
    throw new HoldfastError({
      code: "WRONG_PASSWORD",
      message: "the sealed cookies do not open with this password",
      hint: "set the password that they were exported with, and copy the whole line",
      cause,
    });
  }
  try {
    return (await decompress(packed, { maxOutputLength: MAX_TEXT_BYTES })).toString();
  } catch (cause) {
    throw notALine("the sealed cookies are larger than any that were exported", cause);
  }
}

function decode(line: string): Buffer {
  if (!line.startsWith(START)) {
    throw notALine(
      /^hfc\d+_/.test(line)
        ? "the sealed cookies are of a later version"
        : `a line of sealed cookies starts with ${START}`,
    );
  }
  const text = line.slice(START.length);
  if (line.length > MAX_LINE_CHARACTERS || !/^[\w-]*$/.test(text)) {
    throw notALine("a line of sealed cookies holds letters, digits, '-' and '_', and no more than 4 MiB");
  }
  const sealed = Buffer.from(text, "base64url");
  if (sealed.byteLength > SALT_BYTES + NONCE_BYTES + TAG_BYTES) return sealed;
  throw notALine("the line of sealed cookies is cut off");
}

function notALine(message: string, cause?: unknown): HoldfastError {
  return new HoldfastError({
    code: "COOKIE_FILE",
    message,
    hint: "make one with: holdfast cookies export --env",
    cause,
  });
}
