import { type HttpResponse, jsonOf, shortened } from "../http/exchange.ts";

/** An answer of the Hub, or of where it has led us. */
export interface HubResponse extends HttpResponse {
  /** It came from another origin than the Hub itself. */
  readonly isForeign: boolean;
}

/** The name of what is wrong, in the Hub's words; '' when it gives none. */
export function errorCodeOf(response: HubResponse): string {
  return response.header("x-error-code") ?? "";
}

/** What the Hub says is wrong; '' when it says nothing. */
export function errorMessageOf(response: HubResponse): string {
  const body = jsonOf(response) as { readonly error?: unknown; readonly errors?: unknown } | null;
  const said = response.header("x-error-message") ?? body?.error ?? body?.errors ?? "";
  return shortened(typeof said === "string" ? said : JSON.stringify(said));
}
