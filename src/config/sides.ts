/** The two stores of a copy. */
export type Side = "FROM" | "TO";

/** What stands before a variable that is for one of the two only. */
export const SIDE_PREFIXES: Readonly<Record<Side, string>> = { FROM: "HOLDFAST_FROM_", TO: "HOLDFAST_TO_" };
