import { isHoldfastError } from "../base/errors.ts";
import { NOTHING_SAVED, type ResumeResult } from "../operations/resume-result.ts";
import { delay } from "./delay.ts";
import type { Next } from "./machine.ts";
import { isCertainlyEmpty } from "./nothing-saved.ts";
import { UNFINISHED_LOGIN_TAG } from "./state-saver.ts";
import { loginContext, type Supervisor } from "./supervisor.ts";

/** A wrong configuration: waiting does not help, and an app without its state would look as if all were well. */
const FATAL = ["CONFIG", "WRONG_PASSWORD", "STORE_PUBLIC", "UNSAFE_PATH"] as const;

/** The least time in which a store is tried to be reached, in milliseconds: a slow machine takes that to begin. */
const LEAST_REACH_MS = 2_000;
const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 15_000;

/** `starting`: the work on the state begins in the background at once. */
export async function start({ engine, request }: Supervisor): Promise<Next> {
  if (!isCertainlyEmpty(request.address.store)) engine.prepare("resume");
  return { state: "waiting-for-lease", reason: "the store is looked at" };
}

/**
 * `waiting-for-lease`: another instance saves what it has before we restore. Where nobody has the lease, it is
 * taken while we do.
 */
export async function waitForLease(supervisor: Supervisor): Promise<Next> {
  const { request, engine, saver, onEvent } = supervisor;
  if (supervisor.lease !== null || supervisor.claim !== null)
    return { state: "restoring", reason: "the lease is ours" };
  const { promise: free, resolve: onFree } = Promise.withResolvers<"free">();
  let isFree = false;
  let waits = 0;
  // how long the other instance may take is another question
  const impatience = new AbortController();
  const timer = setTimeout(() => impatience.abort(), reachWithinMs(supervisor));
  const taking = supervisor.takeLease({
    signal: impatience.signal,
    onFree: () => {
      clearTimeout(timer);
      isFree = true;
      onFree("free");
    },
    onWaiting: () => {
      clearTimeout(timer);
      waits += 1;
      onEvent({
        kind: "warning",
        message: "another instance has the state, or was killed: it is asked to save and to hand over",
        hint: null,
      });
    },
  });
  const lease = taking.catch((error: unknown) => {
    if (request.signal.aborted || impatience.signal.aborted) return null; // the restore tells of it
    const message = error instanceof Error ? error.message : String(error);
    onEvent({ kind: "warning", message: `goes on without a lease: ${message}`, hint: null });
    return null;
  });
  const found = await Promise.race([lease, free]);
  clearTimeout(timer);
  if (request.signal.aborted) return { state: "ended", reason: "stopped before the app was started" };
  saver.handedOver = false;
  // what was made ready has looked at the store before the other instance had saved
  if (waits > 0) engine.close();
  const waitsBefore = waits;
  if (found === "free") supervisor.claim = { lease, wasLate: () => waits > waitsBefore };
  else supervisor.lease = found;
  const reason = waits > 0 ? "the other instance is done" : "nobody else has the state";
  return { state: "restoring", reason: found === null && !isFree ? "without a lease" : reason };
}

/** `restoring`: the app does not start before its state is there, or certainly cannot be had now. */
export async function restoreState(supervisor: Supervisor): Promise<Next> {
  const { request, engine, saver, onEvent } = supervisor;
  let result: ResumeResult;
  try {
    result = await resume(supervisor);
  } catch (error) {
    if (request.signal.aborted) return { state: "ended", reason: "stopped before the app was started" };
    if (isHoldfastError(error, ...FATAL)) throw error;
    const isPassing = isHoldfastError(error) && error.retry;
    const leftMs = supervisor.restoreUntilMs - performance.now();
    const reason = error instanceof Error ? error.message : String(error);
    if (isPassing && leftMs > 0) {
      engine.prepare("resume");
      const waitMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** supervisor.attempts++, leftMs);
      await delay(waitMs, request.signal);
      return { state: "waiting-for-lease", reason: `trying again: ${reason}` };
    }
    if (request.requireRestore) throw error;
    supervisor.comesBack = isPassing || isHoldfastError(error, "STORE_AUTH");
    return quarantine(supervisor, reason);
  }
  saver.quarantined = false;
  const { base, snapshot } = result;
  saver.base = base === null || snapshot === null ? null : { id: base, time: new Date(snapshot.time) };
  onEvent({ kind: "resumed", result });
  tellOlder(supervisor, result);
  await importCookies(supervisor);
  return chooseMode(supervisor, result);
}

/** How long the store may take to answer, before the app is started without its state. */
function reachWithinMs({ restoreUntilMs }: Supervisor): number {
  return Math.max(LEAST_REACH_MS, restoreUntilMs - performance.now());
}

async function resume(supervisor: Supervisor): Promise<ResumeResult> {
  const { request, engine } = supervisor;
  const { address, state, saving, keepSessionCookies, signal } = request;
  if (isCertainlyEmpty(address.store)) return NOTHING_SAVED;
  try {
    return await engine.call(
      "resume",
      { state, saving, keepSessionCookies },
      { signal, reachWithinMs: reachWithinMs(supervisor) },
    );
  } catch (error) {
    if (!isHoldfastError(error, "NO_REPOSITORY")) throw error;
    return NOTHING_SAVED;
  }
}

function quarantine(supervisor: Supervisor, reason: string): Next {
  const { saver, onEvent, notifier, comesBack } = supervisor;
  saver.quarantined = true;
  const message = `the saved state could not be had, and the app starts without it: ${reason}`;
  onEvent({
    kind: "warning",
    message,
    hint:
      "nothing that it writes replaces what is saved; " +
      (comesBack
        ? "it is tried again, or say: holdfast adopt"
        : "put right what is wrong and start it again, or say: holdfast adopt"),
  });
  void notifier.notify({ event: "quarantined", message });
  return { state: "normal", reason: "in quarantine" };
}

function tellOlder({ notifier }: Supervisor, { restored }: ResumeResult): void {
  if (restored === null || restored.fell_back_from === null) return;
  const message = `the newest snapshot is damaged, and an older one was restored`;
  void notifier.notify({ event: "restored-older", message, snapshot: restored.snapshot });
}

/** A login that came as a secret of the host; a wrong one is no reason not to start the app. */
async function importCookies({ request, onEvent }: Supervisor): Promise<void> {
  const { environment, state, address, profile, signal } = request;
  if ((environment["HOLDFAST_COOKIES"] ?? "") === "") return;
  const { importGivenCookies } = await import("../operations/cookies/given-cookies.ts");
  try {
    const result = await importGivenCookies(environment, {
      state,
      password: address.password ?? "",
      profile: profile ?? undefined,
      signal,
    });
    if (result !== null) onEvent({ kind: "cookies", result });
  } catch (error) {
    if (!isHoldfastError(error) || signal.aborted) return;
    onEvent({ kind: "warning", message: error.message, hint: error.hint });
  }
}

/** Login mode is entered where it can be of use: there are arguments for it, rules that end it, or a person asks. */
async function chooseMode(supervisor: Supervisor, { snapshot }: ResumeResult): Promise<Next> {
  const { request, rules, loginWords, notifier } = supervisor;
  const canLogIn = rules.length > 0 || loginWords.length > 0 || request.login;
  const dead = snapshot === null ? [] : await deadSites(supervisor);
  for (const site of dead)
    void notifier.notify({ event: "login-dead", message: `logged out of ${site}`, subject: site });
  if (!canLogIn) {
    const reason = snapshot === null ? "nothing is saved yet" : "the state is there";
    return { state: "normal", reason: dead.length > 0 ? `logged out of ${dead.join(", ")}` : reason };
  }
  if (dead.length > 0) return { state: "login", reason: `logged out of ${dead.join(", ")}` };
  if (request.login) return { state: "login", reason: "asked for" };
  const isUnfinished = snapshot?.tags.includes(UNFINISHED_LOGIN_TAG) ?? true;
  if (!isUnfinished) return { state: "normal", reason: "the login is saved" };
  if (await isLoggedIn(supervisor)) return { state: "normal", reason: "logged in already" };
  return {
    state: "login",
    reason: snapshot === null ? "nothing is saved yet" : "the login was not finished",
  };
}

async function isLoggedIn(supervisor: Supervisor): Promise<boolean> {
  const { rules, request } = supervisor;
  if (rules.length === 0) return false;
  const { loginHolds } = await import("./login-rules.ts");
  // the app's browser does not run yet
  const context = { ...loginContext(supervisor, request.signal), connect: null };
  return await loginHolds(rules, request.loginNeeds, context).catch(() => false);
}

/** A login that cannot be judged is no dead one. */
async function deadSites(supervisor: Supervisor): Promise<string[]> {
  const { request, onEvent } = supervisor;
  if (request.watch.length === 0) return [];
  const { loginDead } = await import("./login-rules.ts");
  try {
    return (await loginDead(request.watch, request)).map(({ site }) => site);
  } catch (error) {
    if (!isHoldfastError(error) || request.signal.aborted) return [];
    onEvent({
      kind: "warning",
      message: `could not see whether the login lives: ${error.message}`,
      hint: error.hint,
    });
    return [];
  }
}
