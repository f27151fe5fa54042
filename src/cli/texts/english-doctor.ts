import type { AreaVerdict, DoctorAnnouncement, DoctorResult } from "../../operations/doctor.ts";
import { formatBytes, formatCount, formatDuration } from "../format.ts";

/** What `holdfast doctor` says, in English. */
export const ENGLISH_DOCTOR = {
  doctorPlan: (store: string, { folder, promises, calls, writes }: DoctorAnnouncement): string =>
    `trying ${formatCount(promises)} promises on ${store}, with some ${formatCount(calls)} calls ` +
    `and ${formatCount(writes)} writes, in a folder of their own (${folder}) that is removed afterwards`,
  doctorAreas: {
    reads: "reading files",
    ranges: "reading parts of files",
    writes: "writing files, in order",
    "create-only": "refusing to replace a file",
    listing: "listing files",
    removing: "removing files",
    names: "names of files",
    cancelling: "giving up in the middle",
  } as const,
  doctorVerdict: ({ kept, broken, left_out: leftOut }: AreaVerdict): string => {
    if (broken.length > 0) return `BROKEN, ${broken.length} of ${kept + broken.length}`;
    if (kept === 0) return leftOut === 0 ? "says nothing here" : "not tried";
    return leftOut === 0 ? `good, ${kept} of ${kept}` : `good, ${kept} of ${kept + leftOut} tried`;
  },
  doctorSpeed: ({ speed }: DoctorResult): string =>
    `a read takes ${formatMs(speed.read_ms)}, a write ${formatMs(speed.write_ms)}; ` +
    `up ${formatBytes(Math.round(speed.upload_rate))}/s, down ${formatBytes(Math.round(speed.download_rate))}/s`,
  doctorAbilities: (result: DoctorResult): readonly string[] => [...abilities(result)],
  doctorNotTried: (count: number, isThorough: boolean): string =>
    isThorough
      ? `${formatCount(count)} not tried, because each write is a commit here and those of an hour are counted`
      : `${formatCount(count)} not tried, because they write much: holdfast doctor --thorough`,
  doctorEnd: ({ healthy, requests, seconds }: DoctorResult): string =>
    `${healthy ? "the store can be relied on" : "do not rely on this store"} ` +
    `(${formatCount(requests)} requests in ${formatDuration(seconds)}; all that was written is removed)`,
};

/** What the traits of a store mean for whoever saves there. */
function* abilities({ areas, traits, private: isPrivate }: DoctorResult): Generator<string> {
  const createsOnly =
    traits.create_only && areas.every(({ area, broken }) => area !== "create-only" || broken.length === 0);
  yield createsOnly
    ? "two instances can be told apart: one name has one winner"
    : "two instances that start at the same instant may both save; the younger is kept beside, as a fork";
  if (traits.atomic_batch)
    yield `a save is seen at one instant${traits.atomic_files === null ? "" : `, up to ${traits.atomic_files} files`}`;
  else yield "a save is seen file by file, its snapshot last: cut off, the older ones stay whole";
  yield traits.conditional_writes
    ? "saves need no lock file, and notice other writers at their very instant"
    : "saves lay down a lock file, by which a prune waits";
  yield traits.range_reads
    ? "a restore reads only the parts that it needs"
    : "a restore reads whole packs, also for a small part";
  if (isPrivate !== null)
    yield isPrivate
      ? "it is private: snapshots without a password are taken, and whoever may read it can read them"
      : "it is not known to be private: a password is needed";
}

function formatMs(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${formatCount(Math.round(ms))} ms`;
}
