import type { Store } from "../stores/store.ts";
export interface Lease {
  readonly pollMs: number;
  poll(signal?: AbortSignal): Promise<"held" | "asked" | "lost">;
  refresh(): Promise<void>;
  acknowledge(): Promise<void>;
  release(signal?: AbortSignal): Promise<void>;
}
export async function takeLease(_store: Store, _o: unknown): Promise<Lease> {
  return {
    pollMs: 2000,
    poll: async () => "held",
    refresh: async () => {},
    acknowledge: async () => {},
    release: async () => {},
  };
}
export const LEASES = "leases/";
