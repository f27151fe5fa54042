import { styleText } from "node:util";

/** Prints the steps of the demo, for people; in colour on a terminal, unless `NO_COLOR` is set. */
export interface Report {
  title(text: string): void;
  /** A step that is done: its name, what happened, and how long it took. */
  step(name: string, what: string, seconds: number): void;
  /** More about the step before. */
  note(text: string): void;
  end(text: string, good: boolean): void;
}

const NAME_WIDTH = 10;

/** A report that counts its steps. */
export function createReport(): Report {
  let steps = 0;
  return {
    title: (text) => console.log(styleText("bold", `\n${text}\n`)),
    step: (name, what, seconds) => {
      steps += 1;
      const label = styleText("cyan", `${steps}. ${name.padEnd(NAME_WIDTH)}`);
      console.log(`${label} ${what} ${styleText("dim", `(${seconds.toFixed(1)} s)`)}`);
    },
    note: (text) => console.log(styleText("dim", " ".repeat(NAME_WIDTH + 4) + text)),
    end: (text, good) => console.log(styleText(good ? "green" : "red", `\n${text}`)),
  };
}

/** A size for people, for example `9.8 MB`. */
export function formatBytes(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
