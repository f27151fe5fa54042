import type { Define } from "./command.ts";

/** A command and where it is defined. */
export interface CommandRow {
  readonly name: CommandName;
  /** Loaded when it is chosen: a command brings in everything that it needs to work. */
  readonly load: () => Promise<Define>;
}

/** All commands. */
export type CommandName =
  | "init"
  | "run"
  | "done"
  | "save"
  | "restore"
  | "snapshots"
  | "adopt"
  | "ls"
  | "diff"
  | "check"
  | "forget"
  | "prune"
  | "copy"
  | "doctor"
  | "clear"
  | "cookies"
  | "key"
  | "unlock"
  | "completion";

/** In the order of the help. */
export const COMMANDS: readonly CommandRow[] = [
  { name: "init", load: async () => (await import("./commands/init.ts")).defineInit },
  { name: "run", load: async () => (await import("./commands/run.ts")).defineRun },
  { name: "done", load: async () => (await import("./commands/done.ts")).defineDone },
  { name: "save", load: async () => (await import("./commands/save.ts")).defineSave },
  { name: "restore", load: async () => (await import("./commands/restore.ts")).defineRestore },
  { name: "snapshots", load: async () => (await import("./commands/snapshots.ts")).defineSnapshots },
  { name: "adopt", load: async () => (await import("./commands/adopt.ts")).defineAdopt },
  { name: "ls", load: async () => (await import("./commands/ls.ts")).defineLs },
  { name: "diff", load: async () => (await import("./commands/diff.ts")).defineDiff },
  { name: "check", load: async () => (await import("./commands/check.ts")).defineCheck },
  { name: "forget", load: async () => (await import("./commands/forget.ts")).defineForget },
  { name: "prune", load: async () => (await import("./commands/prune.ts")).definePrune },
  { name: "copy", load: async () => (await import("./commands/copy.ts")).defineCopy },
  { name: "doctor", load: async () => (await import("./commands/doctor.ts")).defineDoctor },
  { name: "clear", load: async () => (await import("./commands/clear.ts")).defineClear },
  { name: "cookies", load: async () => (await import("./commands/cookies.ts")).defineCookies },
  { name: "key", load: async () => (await import("./commands/key.ts")).defineKey },
  { name: "unlock", load: async () => (await import("./commands/unlock.ts")).defineUnlock },
  { name: "completion", load: async () => (await import("./commands/completion.ts")).defineCompletion },
];
