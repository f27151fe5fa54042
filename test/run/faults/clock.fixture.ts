// Loaded before a program, it makes its clock wrong by TEST_CLOCK_MS milliseconds.

const shiftMs = Number(process.env["TEST_CLOCK_MS"]);
const Right = Date;

/** The clock of a machine whose battery was empty. */
class Wrong extends Right {
  constructor(...given: [(number | string | Date)?]) {
    super(given[0] ?? Right.now() + shiftMs);
  }

  static override now(): number {
    return Right.now() + shiftMs;
  }
}

globalThis.Date = Wrong as DateConstructor;
