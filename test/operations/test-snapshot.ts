import { idOf } from "../../src/repository/ids.ts";
import type { Snapshot } from "../../src/repository/snapshot.ts";

/** A snapshot that nobody has saved, with an id that depends on its time. */
export function testSnapshot(given: Partial<Snapshot>): Snapshot {
  return {
    id: idOf(Buffer.from(`snapshot ${given.timeNs}`)),
    timeNs: 0n,
    parent: null,
    tree: idOf(Buffer.from("tree")),
    paths: ["/data"],
    hostname: "host",
    username: "user",
    uid: 0,
    gid: 0,
    excludes: [],
    tags: [],
    original: null,
    programVersion: "test",
    summary: null,
    ...given,
  };
}
