import { mkdir, realpath, writeFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { parseMountInfo } from "../../src/base/mounts.ts";
import { findVolume, type Volume } from "../../src/base/volume.ts";
import { temporaryFolder, type TemporaryFolder } from "../support/temporary-folder.ts";

/** Looks where `data` in the folder is mounted as the line says; nowhere when there is none. */
async function find(
  folder: TemporaryFolder,
  mounted: { readonly type: string; readonly options?: string } | null,
  environment: Readonly<Record<string, string>> = {},
): Promise<Volume | null> {
  const place = `${await realpath(folder.path)}/data`;
  const lines = ["1 0 0:1 / / rw - overlay overlay rw"];
  if (mounted !== null) lines.push(`2 1 0:2 / ${place} ${mounted.options ?? "rw"} - ${mounted.type} x rw`);
  return findVolume(environment, {
    mounts: async () => parseMountInfo(lines.join("\n")),
    usualPath: folder.at("data"),
  });
}

it("a volume is what is mounted at the usual place and can be written to", async () => {
  await using folder = await temporaryFolder();
  expect(await find(folder, null)).toBeNull();
  await mkdir(folder.at("data"));
  const path = await realpath(folder.at("data"));
  expect(await find(folder, null)).toBeNull();
  expect(await find(folder, { type: "ext4" })).toEqual({ path, kind: "disk" });
  expect(await find(folder, { type: "fuse.hf-mount" })).toEqual({ path, kind: "fuse" });
  expect(await find(folder, { type: "nfs4" })).toEqual({ path, kind: "network" });
  expect(await find(folder, { type: "tmpfs" })).toBeNull();
  expect(await find(folder, { type: "ext4", options: "ro,relatime" })).toBeNull();
});

it("the user may name another one, mounted or not, but it has to be usable", async () => {
  await using folder = await temporaryFolder();
  await mkdir(folder.at("other"));
  await writeFile(folder.at("file"), "");
  const path = await realpath(folder.at("other"));
  const named = (name: string): Promise<Volume | null> =>
    find(folder, { type: "ext4" }, { HOLDFAST_VOLUME: folder.at(name) });
  expect(await named("other")).toEqual({ path, kind: "disk" });
  for (const name of ["none", "file"]) await expect(named(name)).rejects.toMatchObject({ code: "CONFIG" });
});
