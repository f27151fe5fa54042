/** The name of the signal that asked for the end. */
export function stopReason(signal: AbortSignal): string {
  const reason: unknown = signal.reason;
  return typeof reason === "string" ? reason : "stopped";
}
