import { expect } from "vitest";
import { compareTrees } from "../support/compare-trees.ts";
import { describeTree, type Tree } from "../support/describe-tree.ts";
import type { Holdfast } from "../support/holdfast.ts";
import type { Restic } from "../support/restic.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** What every snapshot has to bring back. */
export class Ledger {
  readonly #trees = new Map<string, Tree>();

  /** Oldest first. */
  get ids(): readonly string[] {
    return [...this.#trees.keys()];
  }

  get newest(): string {
    return this.ids.at(-1) ?? "";
  }

  treeOf(id: string): Tree {
    const tree = this.#trees.get(id);
    if (tree === undefined) throw new Error(`snapshot ${id} came from nowhere`);
    return tree;
  }

  enter(id: string, tree: Tree): void {
    this.#trees.set(id, tree);
  }

  /** Saves a folder and enters what it is. */
  async save(holdfast: Holdfast, folder: string): Promise<void> {
    this.enter((await holdfast.save(folder)).snapshot, describeTree(folder));
  }

  /** Strikes out what was forgotten. */
  keepOnly(ids: readonly string[]): void {
    for (const id of this.ids) if (!ids.includes(id)) this.#trees.delete(id);
  }

  async mustRestore(holdfast: Holdfast, id: string): Promise<void> {
    await using target = await temporaryFolder();
    await holdfast.restore(id, target.at("b"));
    expect(compareTrees(this.treeOf(id), describeTree(target.at("b")))).toEqual([]);
  }

  /** @param folder that was saved, by its absolute path */
  async mustRestoreByRestic(restic: Restic, id: string, folder: string): Promise<void> {
    await using target = await temporaryFolder();
    await restic.restore(id, target.at("b"));
    expect(compareTrees(this.treeOf(id), describeTree(target.at("b", folder)))).toEqual([]);
  }
}
