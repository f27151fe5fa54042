import { HoldfastError, isHoldfastError } from "../base/errors.ts";
import { fileError } from "../base/file-error.ts";

/**
 * The border of the public library: what comes out of `work` is a result or a {@link HoldfastError}.
 *
 * @param what what could not be done when it fails for an unforeseen reason, for example `could not save`
 */
export async function atBorder<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (isHoldfastError(error)) throw error;
    // Node's own calls that take a signal throw this.
    if (error instanceof Error && error.name === "AbortError") {
      throw new HoldfastError({ code: "CANCELLED", message: "cancelled", cause: error });
    }
    throw fileError(error, what);
  }
}
