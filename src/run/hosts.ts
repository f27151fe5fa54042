/** A place that runs containers: how it is recognised, and how it ends them. */
export interface Host {
  /** For people. */
  readonly name: string;
  /** What it sends when the container has to end. */
  readonly stopSignal: "SIGTERM" | "SIGINT";
  /** From that signal to SIGKILL, in milliseconds, as far as the host says. */
  readonly graceMs: number;
  /** What its user has to know about the end, one sentence. */
  readonly note: string;
}

/** One row of the table of hosts. */
interface HostRow extends Host {
  /** Any of these variables, not empty, names the host. */
  readonly variables: readonly string[];
  /** Any of these files names it too. */
  readonly files?: readonly string[];
  /** A variable with the grace in seconds, where the host passes one on. */
  readonly graceVariable?: string;
}

/**
 * All hosts, the special ones first: Spaces, Cloud Run, Render and Railway run on Kubernetes, and everything
 * runs in containers.
 */
const HOSTS: readonly HostRow[] = [
  {
    name: "Hugging Face Spaces",
    variables: ["SPACE_ID"],
    stopSignal: "SIGTERM",
    graceMs: 10_000,
    note: "termination_grace_period in the README of the Space, for example 2m, may make it longer; set HOLDFAST_GRACE to the same",
  },
  {
    name: "Cloud Run",
    variables: ["K_SERVICE", "CLOUD_RUN_JOB", "CLOUD_RUN_WORKER_POOL"],
    stopSignal: "SIGTERM",
    graceMs: 10_000,
    note: "the time cannot be made longer, and the disk is memory",
  },
  {
    name: "Render",
    variables: ["RENDER", "RENDER_SERVICE_ID"],
    stopSignal: "SIGTERM",
    graceMs: 30_000,
    note: "maxShutdownDelaySeconds, up to 300, makes it longer; set HOLDFAST_GRACE to the same",
  },
  {
    name: "Railway",
    variables: ["RAILWAY_ENVIRONMENT_ID", "RAILWAY_PROJECT_ID", "RAILWAY_SERVICE_ID", "RAILWAY_ENVIRONMENT"],
    stopSignal: "SIGTERM",
    graceMs: 3_000,
    graceVariable: "RAILWAY_DEPLOYMENT_DRAINING_SECONDS",
    note: "it may kill at once: set RAILWAY_DEPLOYMENT_DRAINING_SECONDS to 10 or more, or the last save is lost",
  },
  {
    name: "Fly.io",
    variables: ["FLY_APP_NAME", "FLY_MACHINE_ID"],
    stopSignal: "SIGINT",
    graceMs: 5_000,
    note: "kill_timeout in fly.toml, up to 300, makes it longer; set HOLDFAST_GRACE to the same",
  },
  {
    name: "Heroku",
    variables: ["DYNO"],
    stopSignal: "SIGTERM",
    graceMs: 30_000,
    note: "the signal goes to every process of the dyno, browsers included, so a login of the last 30 s may be lost",
  },
  {
    name: "Kubernetes",
    variables: ["KUBERNETES_SERVICE_HOST"],
    stopSignal: "SIGTERM",
    graceMs: 30_000,
    note: "terminationGracePeriodSeconds makes it longer, and a preStop hook takes its share; set HOLDFAST_GRACE to what is left",
  },
  {
    name: "a container",
    variables: [],
    files: ["/.dockerenv", "/run/.containerenv"],
    stopSignal: "SIGTERM",
    graceMs: 10_000,
    note: "docker stop --time, or stop_grace_period in a compose file, makes it longer; set HOLDFAST_GRACE to the same",
  },
];

/** Docker's grace is the shortest usual one of those that nobody has chosen. */
const ELSEWHERE: Host = {
  name: "this machine",
  stopSignal: "SIGTERM",
  graceMs: 10_000,
  note: "set HOLDFAST_GRACE to the time that whoever stops it gives",
};

/** The longest grace that is believed. */
const GRACE_MAX_SECONDS = 3600;

/**
 * Where this process runs, by its variables and by files that container engines make. Unknown hosts are
 * like Docker.
 */
export function detectHost(
  environment: Readonly<Record<string, string | undefined>>,
  fileExists: (path: string) => boolean,
): Host {
  const row = HOSTS.find(
    ({ variables, files = [] }) =>
      variables.some((name) => (environment[name] ?? "") !== "") || files.some(fileExists),
  );
  if (row === undefined) return ELSEWHERE;
  const { name, stopSignal, graceMs, note, graceVariable } = row;
  const told = graceVariable === undefined ? null : secondsOf(environment[graceVariable]);
  return { name, stopSignal, graceMs: told === null ? graceMs : told * 1000, note };
}

/** `null` for what is no time, or a longer one than any host gives. */
function secondsOf(text: string | undefined): number | null {
  const seconds = /^\d+$/.test(text?.trim() ?? "") ? Number(text) : NaN;
  return seconds <= GRACE_MAX_SECONDS ? seconds : null;
}

/** How the time between the stop signal and SIGKILL is spent, in whole milliseconds. */
export interface GraceShares {
  /** The longest that the app and its browsers may take; what they leave belongs to the last save. */
  readonly appMs: number;
  /** The least that is left for the last save. */
  readonly lastSaveMs: number;
  /** For the lease, the last line of the log and the exit. */
  readonly reserveMs: number;
}

/** Up to here the grace is too short for both. */
const SHORT_MS = 3_000;
const RESERVE_MAX_MS = 500;

/**
 * Splits the grace of a host. Apps and browsers mostly end within a second, and then the last save has all
 * the rest; the shares only matter when one does not end.
 *
 * - From 3 s on, each further second is halved. At 10 s: 4.5 s, 5 s, and 0.5 s in reserve.
 * - Below, the app has a third. A browser needs 0.3 s of it to write a fresh login, which no save can
 *   see before; a save of what changed, to a store that is far, needs one to two seconds, and one that is
 *   cut off leaves nothing. At 3 s: 1 s, 1.7 s, and 0.3 s in reserve.
 * - At 0 nobody waits: the app is told, and the save begins beside it.
 *
 * @param graceMs not negative
 */
export function graceShares(graceMs: number): GraceShares {
  const wholeMs = Math.floor(graceMs);
  const reserveMs = Math.min(RESERVE_MAX_MS, Math.floor(wholeMs / 10));
  const appMs = Math.floor(Math.min(wholeMs, SHORT_MS) / 3 + Math.max(0, wholeMs - SHORT_MS) / 2);
  return { appMs, lastSaveMs: wholeMs - appMs - reserveMs, reserveMs };
}
