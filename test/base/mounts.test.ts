import { mkdir, symlink } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { mountOf, parseMountInfo, readMounts, realPathOf, remoteMountsOf } from "../../src/base/mounts.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** A container with a volume, as hosts of each kind show it. */
const SAMPLE = [
  "1247 1112 0:251 / / rw,relatime master:380 - overlay overlay rw,lowerdir=/l,upperdir=/u,workdir=/w",
  "1248 1247 0:254 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw",
  "1249 1247 0:255 / /dev rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755",
  "1290 1247 254:1 /var/lib/docker/volumes/v/_data /disk rw,relatime master:1 - ext4 /dev/vda1 rw,discard",
  "1291 1247 0:61 / /data rw,nosuid,nodev,relatime shared:3 master:9 - fuse.hf-mount hf-mount rw,user_id=0",
  "1292 1247 0:62 / /ntfs rw - fuseblk /dev/sdb1 rw",
  "1293 1247 0:63 / /nfs/one rw,relatime - nfs4 10.0.0.2:/export rw,vers=4.2,hard,proto=tcp",
  "1294 1293 0:64 / /nfs/one/cache rw - tmpfs tmpfs rw",
  "1295 1247 0:65 / /smb ro,relatime - cifs //server/share rw",
  "1296 1247 0:66 / /sealed rw,relatime - ext4 /dev/vdb ro",
  "1297 1247 0:67 / /with\\040space\\134and\\012more rw - xfs /dev/vdc rw",
  "1298 1247 0:68 / /sys/fs/fuse/connections rw - fusectl fusectl rw",
  "a line that nobody understands",
  "",
].join("\n");

describe("what is mounted", () => {
  const mounts = parseMountInfo(SAMPLE);

  it("is told by path, kind and whether it can be written to", () => {
    expect(mounts.map(({ path, type, kind, isReadOnly }) => [path, type, kind, isReadOnly])).toEqual([
      ["/", "overlay", "disk", false],
      ["/proc", "proc", "disk", false],
      ["/dev", "tmpfs", "memory", false],
      ["/disk", "ext4", "disk", false],
      ["/data", "fuse.hf-mount", "fuse", false],
      ["/ntfs", "fuseblk", "fuse", false],
      ["/nfs/one", "nfs4", "network", false],
      ["/nfs/one/cache", "tmpfs", "memory", false],
      ["/smb", "cifs", "network", true],
      ["/sealed", "ext4", "disk", true],
      ["/with space\\and\nmore", "xfs", "disk", false],
      ["/sys/fs/fuse/connections", "fusectl", "fuse", false],
    ]);
  });

  it("holds what is below it, unless something else is mounted there", () => {
    const paths = ["/", "/data", "/data/x", "/database", "/nfs/one/cache/x", "/nfs/one/x", "/nfs"];
    expect(paths.map((path) => mountOf(mounts, path)?.path)).toEqual([
      "/",
      "/data",
      "/data",
      "/",
      "/nfs/one/cache",
      "/nfs/one",
      "/",
    ]);
  });

  it("is the later one of two at one place", () => {
    const two = parseMountInfo(`${SAMPLE}1299 1291 0:69 / /data rw - ext4 /dev/vdd rw\n`);
    expect(mountOf(two, "/data/x")?.kind).toBe("disk");
    expect(remoteMountsOf(two, "/data")).toEqual([]);
  });

  it("matters where a folder lies on it or has it inside", () => {
    const remote = (folder: string): string[] => remoteMountsOf(mounts, folder).map(({ path }) => path);
    expect(remote("/data/profile")).toEqual(["/data"]);
    expect(remote("/nfs")).toEqual(["/nfs/one"]);
    expect(remote("/nfs/one/cache")).toEqual([]);
    expect(remote("/disk")).toEqual([]);
  });

  it("is nothing where the system does not tell", () => {
    expect(mountOf(parseMountInfo(""), "/data")).toBeNull();
  });
});

it.skipIf(process.platform !== "linux")("this machine tells what is mounted", async () => {
  expect(mountOf(await readMounts(), "/proc")?.type).toBe("proc");
});

it("a path is real as far as it exists", async () => {
  await using folder = await temporaryFolder();
  const real = await realPathOf(folder.path);
  await mkdir(folder.at("there"));
  await symlink(folder.at("there"), folder.at("link"));
  expect(await realPathOf(folder.at("link", "not", "yet"))).toBe(`${real}/there/not/yet`);
});
