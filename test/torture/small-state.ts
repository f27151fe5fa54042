import { appendFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Random } from "../support/random.ts";

const FILES = 40;

/** A folder that is quick to save, with files of all sizes, and that changes a little each time. */
export class SmallState {
  readonly folder: string;
  readonly #random: Random;
  #changes = 0;

  constructor(folder: string, random: Random) {
    this.folder = folder;
    this.#random = random;
    mkdirSync(join(folder, "deeper", "still"), { recursive: true });
    for (let i = 0; i < FILES; i++) this.#write(i % 3 === 0 ? `deeper/${i}` : `deeper/still/${i}`, 150_000);
    this.#write("large", 4_000_000);
    symlinkSync("deeper/0", join(folder, "link"));
  }

  /** Some files new, some changed, one gone; it stays about as large as it was. */
  change(): void {
    const number = ++this.#changes;
    this.#write("large", 4_000_000 + number);
    this.#write(`new-${number % 5}`, 400_000);
    this.#write(`deeper/still/${1 + 3 * this.#random.between(0, 13)}`, 150_000);
    appendFileSync(join(this.folder, "log"), `change ${number}\n`);
    rmSync(join(this.folder, `new-${(number + 1) % 5}`), { force: true });
  }

  #write(name: string, maxBytes: number): void {
    writeFileSync(join(this.folder, name), this.#random.bytes(this.#random.between(maxBytes >> 1, maxBytes)));
  }
}
