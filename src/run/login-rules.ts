export interface LoginRule {
  readonly text: string;
}
export const parseLoginRule = (text: string): LoginRule => ({ text });
export function ruleContext(_r: unknown, _s?: AbortSignal): unknown {
  return null;
}
export async function loginHolds(_r: readonly LoginRule[], _n: string, _c: unknown): Promise<boolean> {
  return false;
}
export async function loginDead(_w: readonly string[], _c: unknown): Promise<string[]> {
  return [];
}
