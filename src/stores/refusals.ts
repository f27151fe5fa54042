import { HoldfastError } from "../base/errors.ts";

/** What every store says of a name that is not there. */
export function notFound(name: string, cause?: unknown): HoldfastError {
  return new HoldfastError({ code: "NOT_FOUND", message: `${name} is not in the store`, cause });
}

/** What every store says of a name that is taken, to whoever asks it not to replace a file. */
export function alreadyExists(name: string, cause?: unknown): HoldfastError {
  return new HoldfastError({ code: "ALREADY_EXISTS", message: `${name} is in the store already`, cause });
}

/** What a store says that cannot be asked so. */
export function cannotCreateOnly(): HoldfastError {
  return new HoldfastError({ code: "CONFIG", message: "this store cannot refuse to replace a file" });
}
