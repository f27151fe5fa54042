import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { FreezeFailure } from "./freeze-failure.ts";
import type { ProcessInfo } from "./processes.ts";

/** This process gives up first, and then knows that it did. */
const GRACE_MS = 100;
const START_LIMIT_MS = 10_000;
const END_LIMIT_MS = 2_000;

/**
 * Lines on standard input: `hold SECONDS -GROUP … PID:START …` names all who may be stopped from now on,
 * `done` says that they go on. When that takes too long, or the input ends before it, they are continued. A
 * process is told by its number and start time (field 22 of proc(5) `stat`), as numbers are used again; one
 * whose entry cannot be understood is continued too.
 */
const SCRIPT = `
trap '' INT TERM HUP
set -f
list=
timer=
continue_all() {
  for each in $list; do
    case $each in -*)
      kill -CONT "$each"
      continue
    esac
    text=
    while IFS= read -r part || [ -n "$part" ]; do text="$text $part"; done <"/proc/\${each%%:*}/stat"
    set -- \${text##*) }
    if [ $# -ge 20 ]; then
      shift 19
      [ "$1" = "\${each##*:}" ] || continue
    fi
    kill -CONT "\${each%%:*}"
  done
}
watch() {
  nap=
  trap '[ -z "$nap" ] || kill -KILL "$nap"; wait; exit' USR1
  sleep "$1" & nap=$!
  wait "$nap" && continue_all
}
end_timer() {
  [ -z "$timer" ] || kill -USR1 "$timer"
  timer=
  wait
}
sleep 0.01 2>/dev/null && fractions=yes || fractions=
echo ready
exec >/dev/null 2>&1
while read -r word seconds rest; do
  list=$rest
  end_timer
  [ "$word" = hold ] || continue
  [ -n "$fractions" ] || seconds=$((\${seconds%.*} + 1))
  (watch "$seconds") & timer=$!
done
end_timer
continue_all
`;

/**
 * A small process beside this one that continues stopped processes when this one cannot: because it was
 * killed, or hangs. It has a session of its own, so that what ends this one does not end it too.
 */
export class Watchdog implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #input: Writable;

  private constructor(child: ChildProcess, input: Writable) {
    this.#child = child;
    this.#input = input;
  }

  /**
   * Starts one, ready to be told whom to watch.
   *
   * @throws {FreezeFailure} `cannot-stop` where there is no shell
   */
  static async start(): Promise<Watchdog> {
    const child = spawn("/bin/sh", ["-c", SCRIPT], {
      detached: true,
      cwd: "/",
      // Nothing of ours: it needs no more than to find `sleep`.
      env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin" },
      stdio: ["pipe", "pipe", "ignore"],
    });
    const { stdin, stdout } = child;
    try {
      await isReady(child, stdout);
    } catch (cause) {
      child.kill("SIGKILL");
      throw new FreezeFailure("cannot-stop", "no shell (/bin/sh) could be started to watch over it", cause);
    }
    // Whoever waits for this process to end need not wait for that one.
    child.unref();
    stdout.destroy();
    stdin.on("error", () => undefined); // its end shows when it is told something
    (stdin as Writable & { unref?: () => void }).unref?.();
    return new Watchdog(child, stdin);
  }

  get pid(): number | null {
    return this.#child.pid ?? null;
  }

  /**
   * Names all who may be stopped from now on. When this returns it knows them, whatever happens to this
   * process.
   *
   * @param groups numbers of those that may be stopped as a whole
   * @param limitMs when it is to continue them by itself
   * @throws {FreezeFailure} `cannot-stop` when it is gone
   */
  hold(processes: Iterable<ProcessInfo>, groups: Iterable<number>, limitMs: number): void {
    const names = [
      ...Array.from(groups, (group) => `-${group}`),
      ...Array.from(processes, ({ pid, started }) => `${pid}:${started}`),
    ];
    const seconds = Math.max(limitMs + GRACE_MS, 0) / 1000;
    if (!this.#tell(`hold ${seconds.toFixed(3)} ${names.join(" ")}\n`))
      throw new FreezeFailure("cannot-stop", "the process that watches over it is gone");
  }

  /** All go on; it has nothing to do any more. */
  done(): void {
    this.#tell("done\n");
  }

  /** Waits for its end, so that it is not left to the first process of a container, which may not reap it. */
  async [Symbol.asyncDispose](): Promise<void> {
    const isAlive = this.#child.exitCode === null && this.#child.signalCode === null;
    const ended = isAlive ? once(this.#child, "exit", { signal: AbortSignal.timeout(END_LIMIT_MS) }) : null;
    this.#child.ref();
    this.#input.end();
    await ended?.catch(() => this.#child.unref());
  }

  /** Whether the line is in the pipe: what is not would be lost with this process. */
  #tell(line: string): boolean {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return false;
    if (this.#input.writable) this.#input.write(line);
    return this.#input.writable && this.#input.writableLength === 0;
  }
}

async function isReady(child: ChildProcess, output: Readable): Promise<void> {
  const signal = AbortSignal.timeout(START_LIMIT_MS);
  const failed = once(child, "error", { signal }).then(([error]) => {
    throw error;
  });
  const ended = once(output, "end", { signal }).then(() => {
    throw new Error("the shell ended");
  });
  await Promise.race([once(output, "data", { signal }), failed, ended]);
}
