const NAMES: ReadonlySet<string> = new Set(["localhost", "[::1]"]);

/** True when the address is this machine's own, so that nothing of it is on a network. */
export function isLoopback({ hostname }: URL): boolean {
  return NAMES.has(hostname) || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
