/**
 * A bound on the bytes that are held at the same time; who asks for more waits, in the order of
 * asking. A single demand larger than the whole is met when nothing else is held.
 */
export class ByteBudget {
  readonly #totalBytes: number;
  readonly #waiting: { readonly sizeBytes: number; readonly proceed: () => void }[] = [];
  #heldBytes = 0;

  constructor(totalBytes: number) {
    this.#totalBytes = totalBytes;
  }

  /** Resolves when the bytes may be held; given back at the end of a `using`. */
  async hold(sizeBytes: number): Promise<Disposable> {
    if (this.#waiting.length > 0 || !this.#fits(sizeBytes)) {
      await new Promise<void>((proceed) => this.#waiting.push({ sizeBytes, proceed }));
    } else {
      this.#heldBytes += sizeBytes;
    }
    return { [Symbol.dispose]: () => this.#release(sizeBytes) };
  }

  #fits(sizeBytes: number): boolean {
    return this.#heldBytes === 0 || this.#heldBytes + sizeBytes <= this.#totalBytes;
  }

  #release(sizeBytes: number): void {
    this.#heldBytes -= sizeBytes;
    for (
      let next = this.#waiting[0];
      next !== undefined && this.#fits(next.sizeBytes);
      next = this.#waiting[0]
    ) {
      this.#waiting.shift();
      this.#heldBytes += next.sizeBytes;
      next.proceed();
    }
  }
}
