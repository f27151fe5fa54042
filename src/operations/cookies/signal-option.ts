/** A signal as an option of calls that need one; where the caller gave none, one that is never aborted. */
export function signalOption(signal: AbortSignal | undefined): { readonly signal: AbortSignal } {
  return { signal: signal ?? new AbortController().signal };
}
