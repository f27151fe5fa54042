/** A piece of work that the app has done. */
export interface Tick {
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

/** What a browser shows that has just been started, and what is left of the work of earlier starts. */
export interface Shown {
  /** Of the page, about the login. */
  readonly status: string;
  /** The last tick in a file of the state; `null` for none. */
  readonly file: Tick | null;
  /** The last tick in the localStorage of the browser. */
  readonly storage: Tick | null;
}

/** What the app says, a line of JSON each. A tick is said when it has been written. */
export type AppLine =
  ({ readonly app: "shown"; readonly mode: "login" | "normal" } & Shown) | ({ readonly app: "tick" } & Tick);
