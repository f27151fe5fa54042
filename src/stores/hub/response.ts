/** An answer that has arrived whole. */
export interface HubResponse {
  readonly status: number;
  readonly bytes: Uint8Array;
  /** Where it came from in the end, without what signs it. */
  readonly host: string;
  /** It came from another origin than the Hub itself. */
  readonly isForeign: boolean;
  header(name: string): string | null;
}

/** The body as text. */
export function textOf(response: HubResponse): string {
  return Buffer.from(response.bytes).toString("utf8");
}

/**
 * The body as JSON; `null` when it is none, as when something between us and the Hub has answered.
 */
export function jsonOf(response: HubResponse): unknown {
  try {
    return JSON.parse(textOf(response)) as unknown;
  } catch {
    return null;
  }
}

/** The name of what is wrong, in the Hub's words; '' when it gives none. */
export function errorCodeOf(response: HubResponse): string {
  return response.header("x-error-code") ?? "";
}

/** What the Hub says is wrong, on one line and not longer than people read; '' when it says nothing. */
export function errorMessageOf(response: HubResponse): string {
  const body = jsonOf(response) as { readonly error?: unknown; readonly errors?: unknown } | null;
  const said = response.header("x-error-message") ?? body?.error ?? body?.errors ?? "";
  const text = typeof said === "string" ? said : JSON.stringify(said);
  return text
    .replaceAll(/[^\x20-\x7e]+/g, " ")
    .trim()
    .slice(0, 300);
}
