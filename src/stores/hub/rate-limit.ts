import { retryAfterMs } from "../http/exchange.ts";
import type { HubResponse } from "./response.ts";

/**
 * How long an answer with status 429 tells to wait.
 *
 * The `RateLimit` header (`"api";r=0;t=120`) counts only when nothing is left; the quota of commits is
 * another one, which `Retry-After` speaks of.
 *
 * @returns milliseconds, or `null` when it does not say
 */
export function toldWaitMs(response: HubResponse, nowMs: number): number | null {
  const limit = response.header("ratelimit") ?? "";
  const left = /\br=(\d+)/.exec(limit)?.[1];
  const reset = /\bt=(\d+)/.exec(limit)?.[1];
  if (left === "0" && reset !== undefined) return (Number(reset) + 1) * 1000;
  return retryAfterMs(response, nowMs);
}
