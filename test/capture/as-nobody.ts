const NOBODY = 65_534;

/**
 * Does something as a user who may only what everybody may: root can read whatever its mode says. Another
 * user than root stays as it is.
 */
export async function asNobody<Result>(work: () => Promise<Result>): Promise<Result> {
  if (process.geteuid?.() !== 0) return work();
  process.setegid?.(NOBODY);
  process.seteuid?.(NOBODY);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
  }
}
