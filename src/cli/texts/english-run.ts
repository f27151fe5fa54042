import type { GivenCookiesResult } from "../../operations/cookies/given-cookies.ts";
import type { ResumeResult } from "../../operations/resume-result.ts";
import type { SaveResult } from "../../operations/save.ts";
import type { RunEvent } from "../../run/events.ts";
import { formatBytes, formatCount, formatDuration } from "../format.ts";

const files = (count: number): string => `${formatCount(count)} ${count === 1 ? "file" : "files"}`;
const short = (id: string): string => id.slice(0, 8);

type Kind<Name extends RunEvent["kind"]> = Extract<RunEvent, { readonly kind: Name }>;

/** What `holdfast run` says, in English. */
export const ENGLISH_RUN = {
  transition: ({ from, state, reason }: Kind<"transition">): string => `${from} -> ${state}: ${reason}`,
  appStarted: ({ pid, mode }: Kind<"started">): string => `the app runs in ${mode} mode, as process ${pid}`,
  resumed: ({ outcome, snapshot, restored }: ResumeResult): string => {
    if (outcome === "nothing-saved" || snapshot === null) return "nothing is saved yet";
    if (restored === null)
      return `the state is that of snapshot ${short(snapshot.id)} or newer, and was kept`;
    return (
      `restored ${short(snapshot.id)} of ${snapshot.time}: ${files(restored.files)}, ` +
      `${formatBytes(restored.bytes)} in ${formatDuration(restored.seconds)}`
    );
  },
  givenCookies: ({ outcome, profile, cookies }: GivenCookiesResult): string => {
    const into = profile === null ? "" : ` into ${profile}`;
    switch (outcome) {
      case "imported":
        return `imported ${formatCount(cookies)} cookies from HOLDFAST_COOKIES${into}`;
      case "known":
        return "HOLDFAST_COOKIES was imported before, and is older than what the profile has";
      case "expired":
        return "the cookies in HOLDFAST_COOKIES have all expired";
      case "no-profile":
        return "HOLDFAST_COOKIES waits for a browser profile; name the one to make with --profile";
      default:
        return outcome satisfies never;
    }
  },
  savedWhile: ({ result, reason }: Kind<"saved">): string =>
    `saved ${short(result.snapshot)} (${reason}): ${files(result.files.total)}, ` +
    `${formatBytes(result.bytes.state)}, ${formatBytes(result.bytes.stored)} stored in ` +
    formatDuration(result.seconds) +
    (result.paused_ms > 0 ? `; the app stood still for ${Math.ceil(result.paused_ms)} ms` : ""),
  unchanged: "nothing has changed since the last save",
  saveFailed: (message: string): string => `not saved: ${message}`,
  savedBeside: ({ snapshot, tags }: SaveResult): string =>
    `what lay in the state folders is kept as snapshot ${short(snapshot)}, tagged ${tags.join(", ")}`,
  savedBesideHint: ({ snapshot }: SaveResult): string =>
    `to make it the state that is restored: holdfast adopt ${short(snapshot)}`,
  forked: ({ snapshot }: SaveResult): string =>
    `another instance has saved meanwhile: ${short(snapshot)} is kept beside the good state, as a fork`,
  shrunkWhileHint:
    "if it is meant to be so, say: holdfast adopt; after an hour it is taken for the good one by itself",
};
