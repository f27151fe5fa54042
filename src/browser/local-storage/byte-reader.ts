/** Reads numbers and pieces from bytes, in order. What is cut short or too large throws a `RangeError`. */
export class ByteReader {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Bytes that are left. */
  get left(): number {
    return this.#bytes.length - this.#position;
  }

  byte(): number {
    return this.take(1).readUInt8();
  }

  /** A number of LevelDB and snappy: seven bits a byte, the lowest first. */
  varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (!Number.isSafeInteger(value)) throw new RangeError("a number is too large");
      if (byte < 128) return value;
      if (factor > 2 ** 49) throw new RangeError("a number is too long");
    }
  }

  /** The next bytes, which are not copied. */
  take(length: number): Buffer {
    if (length > this.left) throw new RangeError("the bytes end too early");
    const start = this.#position;
    this.#position += length;
    return this.#bytes.subarray(start, this.#position);
  }

  /** Bytes after their length. */
  piece(): Buffer {
    return this.take(this.varint());
  }
}

/** A number as {@link ByteReader.varint} reads it. */
export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  bytes.push(rest);
  return Buffer.from(bytes);
}

/** Bytes as {@link ByteReader.piece} reads them. */
export function piece(bytes: Uint8Array): Buffer {
  return Buffer.concat([varint(bytes.length), bytes]);
}
