import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { adopt } from "../../src/operations/adopt.ts";
import { restore } from "../../src/operations/restore.ts";
import { save, type SaveRequest, type SaveResult } from "../../src/operations/save.ts";
import { takeLease } from "../../src/run/lease.ts";
import { openLocalStore } from "../../src/stores/local.ts";
import { openTestState } from "../operations/state.ts";
import { findRestics } from "../support/peers.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/* What a supervised app leaves in a repository: snapshots beside the good ones, adopted ones, a lease. */

const restics = await findRestics();

describe.skipIf(restics.length === 0).each(restics)("restic $version", (program) => {
  test(
    "takes snapshots beside the good ones, and adopted ones, for its own",
    { timeout: 120_000 },
    async () => {
      await using state = await openTestState();
      const access = { store: state.temporary.at("store"), password: "x" };
      const saveAs = async (session: string, more?: Partial<SaveRequest>): Promise<SaveResult> => {
        await state.write("session", session);
        return save({ ...access, ...state.request, freeze: "never", ...more });
      };
      const first = await saveAs("1");
      const good = await saveAs("2", { base: first.snapshot });
      const fork = await saveAs("of another instance", { base: first.snapshot });
      const restic = program.open(access.store, access.password);
      const lease = await takeLease(openLocalStore(access.store), { handoverMs: 0 });
      await lease.refresh();
      await restic.check();
      await restic.run(["prune"]);
      await restic.run(["forget", "--keep-last", "9", "--prune"]);
      expect(await lease.poll()).toBe("held");
      const { tree } = (await restic.snapshots()).find(({ id }) => id === fork.snapshot) ?? {};
      const { snapshot } = await adopt({ ...access, ...state.request });
      await restic.check();
      const list = await restic.snapshots();
      expect(list.map(({ id }) => id)).toEqual([first.snapshot, good.snapshot, snapshot]);
      expect(list[2]).toMatchObject({ tree, parent: good.snapshot, original: fork.snapshot });
      await using target = await temporaryFolder();
      await restic.restore("latest", target.path);
      expect(readFileSync(target.at(state.folder, "session"), "utf8")).toBe("of another instance");
      // What restic adds, in its own way, is the newest for us, whatever its parent is.
      writeFileSync(state.at("session"), "by restic");
      const { snapshot_id: by } = await restic.backup(state.folder);
      await restic.run(["backup", "--parent", snapshot, "--force", state.folder]);
      const restored = await restore({ ...access, ...state.request, force: true });
      expect(restored.snapshot).not.toBe(by);
      expect(restored.snapshot).toBe((await restic.snapshots()).at(-1)?.id);
    },
  );
});
