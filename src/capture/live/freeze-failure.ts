/**
 * Why processes could not be stopped for long enough to see one instant; `busy`: one of them did not stand
 * still soon, while others did.
 */
export type FreezeObstacle = "cannot-stop" | "too-long" | "no-room" | "busy";

/** One attempt to see a folder at one instant has failed; the processes go on. */
export class FreezeFailure extends Error {
  override readonly name = "FreezeFailure";
  readonly obstacle: FreezeObstacle;

  /** @param message one sentence for people, lower case, without a full stop */
  constructor(obstacle: FreezeObstacle, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.obstacle = obstacle;
  }
}
