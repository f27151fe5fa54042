import { describe, expect, it } from "vitest";
import { isPrivateGoogleDrive } from "../../../src/stores/gdrive.ts";
import { parseGoogleDriveAddress } from "../../../src/stores/gdrive/address.ts";
import { isPrivateOneDrive } from "../../../src/stores/onedrive.ts";
import { parseOneDriveAddress } from "../../../src/stores/onedrive/address.ts";
import { filesNamed } from "../../../src/stores/conformance/case.ts";
import { openStore } from "../../../src/stores/open.ts";
import { failure } from "../conformance.ts";
import { googleDrivePlace, oneDrivePlace, quick } from "./places.ts";

describe("an address", () => {
  it.each([
    ["onedrive:", ""],
    ["onedrive:vault", "vault"],
    ["OneDrive://vault/app/", "vault/app"],
  ])("%s is in OneDrive", async (url, folder) => {
    expect(parseOneDriveAddress(url)).toBe(folder);
    expect((await openStore(url)).url).toBe(`onedrive:${folder}`);
  });

  it.each([
    ["gdrive:", "holdfast"],
    ["gdrive:vault", "vault"],
    ["gdrive://vault/app/", "vault/app"],
  ])("%s is in Google Drive", async (url, folder) => {
    expect(parseGoogleDriveAddress(url)).toBe(folder);
    expect((await openStore(url)).url).toBe(`gdrive:${folder}`);
  });

  it.each([
    "onedrive:a b",
    "onedrive:../up",
    "onedrive:dot./x",
    "onedrive:user:hunter2@x",
    "gdrive:../up",
    "gdrive:a?hunter2",
  ])("%s is refused, and not repeated", async (url) => {
    const error = await failure(openStore(url), "CONFIG");
    expect(JSON.stringify(error)).not.toContain("hunter2");
  });

  it("without a sign-in says how to sign in", async () => {
    for (const url of ["onedrive:vault", "gdrive:vault"]) {
      const store = await openStore(url);
      expect((await failure(store.read("config"), "STORE_AUTH")).hint).toContain("holdfast init");
    }
  });
});

describe("a folder is private", () => {
  it("in OneDrive, unless it is shared", async () => {
    await using place = await oneDrivePlace();
    const options = {
      access: { token: place.line, tokenFile: null },
      fetch: place.server.fetch,
      retry: quick(place.clock),
      clock: () => place.clock.nowMs,
    };
    expect(await isPrivateOneDrive("vault", options)).toBe(true);
    await (await place.open()).write(filesNamed(["a"]));
    expect(await isPrivateOneDrive("vault", options)).toBe(true);
    place.server.share();
    expect(await isPrivateOneDrive("vault", options)).toBe(false);
  });

  it("in Google Drive, unless it is shared", async () => {
    await using place = await googleDrivePlace();
    const options = {
      access: { token: place.line, tokenFile: null },
      fetch: place.server.fetch,
      retry: quick(place.clock),
      clock: () => place.clock.nowMs,
    };
    expect(await isPrivateGoogleDrive("vault", options)).toBe(true);
    await (await place.open()).write(filesNamed(["a"]));
    expect(await isPrivateGoogleDrive("vault", options)).toBe(true);
    place.server.rules.isShared = true;
    expect(await isPrivateGoogleDrive("vault", options)).toBe(false);
  });
});
