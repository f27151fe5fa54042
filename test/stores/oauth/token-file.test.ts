import { readFile, stat, utimes, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { filesNamed, namesIn } from "../../../src/stores/conformance/case.ts";
import { parseLine } from "../../../src/stores/oauth/grant.ts";
import { PROVIDERS } from "../../../src/stores/oauth/provider.ts";
import type { Call } from "../../drives/server.ts";
import { lineFor, oneDrivePlace } from "../drives/places.ts";
import { run } from "../../support/run.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { failure } from "../conformance.ts";

const DAY_MS = 86_400_000;

describe("the token file", () => {
  it("is this user's alone, and has the newest token, so that the line may end", async () => {
    await using place = await oneDrivePlace();
    await using folder = await temporaryFolder();
    const tokenFile = folder.at("new", "tokens.json");
    const access = { token: place.line, tokenFile };
    for (let day = 0; day < 200; day += 50) {
      const store = await place.open({ access });
      await store.write(filesNamed([`a${day}`]));
      place.clock.nowMs += 50 * DAY_MS;
    }
    expect((await stat(tokenFile)).mode & 0o777).toBe(0o600);
    expect((await stat(folder.at("new"))).mode & 0o777).toBe(0o700);
    expect((await namesIn(await place.open({ access }), "")).length).toBe(4);
    const error = await failure(namesIn(await place.open(), ""), "STORE_AUTH");
    expect(error.message).toContain("no longer accepts the sign-in");
  });

  it("gives way to a new line, and falls back to the line when its own token has ended", async () => {
    await using place = await oneDrivePlace();
    await using folder = await temporaryFolder();
    const tokenFile = folder.at("tokens.json");
    await namesIn(await place.open({ access: { token: place.line, tokenFile } }), "");
    const kept = JSON.parse(await readFile(tokenFile, "utf8")) as { onedrive: Record<string, unknown> };
    place.server.signIn.refreshTokens.delete(String(kept.onedrive["refreshToken"]));
    place.clock.nowMs += DAY_MS;
    await namesIn(await place.open({ access: { token: place.line, tokenFile } }), "");
    place.server.signIn.revokeAll();
    const line = lineFor(place.server.signIn);
    expect(await namesIn(await place.open({ access: { token: line, tokenFile } }), "")).toEqual([]);
  });

  it("of an older line is not used for a new one", async () => {
    await using place = await oneDrivePlace();
    await using folder = await temporaryFolder();
    const tokenFile = folder.at("tokens.json");
    await namesIn(await place.open({ access: { token: place.line, tokenFile } }), "");
    const token = lineFor(place.server.signIn);
    await namesIn(await place.open({ access: { token, tokenFile } }), "");
    const { refreshToken } = parseLine(PROVIDERS.onedrive, token);
    expect(place.server.calls.some(({ body }) => body.includes(refreshToken))).toBe(true);
  });

  it("saves a renewal for the next process", async () => {
    await using place = await oneDrivePlace();
    await using folder = await temporaryFolder();
    const access = { token: place.line, tokenFile: folder.at("tokens.json") };
    for (let process = 0; process < 3; process += 1) await namesIn(await place.open({ access }), "");
    expect(place.server.calls.filter(({ url }) => url.pathname.endsWith("/token")).length).toBe(1);
  });

  it("that cannot be written is done without where there is a line, and not where there is none", async () => {
    await using place = await oneDrivePlace();
    await using folder = await temporaryFolder();
    await writeFile(folder.at("file"), "");
    const tokenFile = folder.at("file", "tokens.json");
    expect(await namesIn(await place.open({ access: { token: place.line, tokenFile } }), "")).toEqual([]);
    const error = await failure(
      namesIn(await place.open({ access: { token: null, tokenFile } }), ""),
      "FAILED",
    );
    expect(error.message).toContain(`could not keep the tokens in ${tokenFile}`);
  });

  it("says how to sign in where nobody has", async () => {
    await using place = await oneDrivePlace();
    await using folder = await temporaryFolder();
    const access = { token: null, tokenFile: folder.at("tokens.json") };
    const error = await failure(namesIn(await place.open({ access }), ""), "STORE_AUTH");
    expect(error).toMatchObject({ message: "nobody is signed in to OneDrive" });
    expect(error.hint).toContain("holdfast init onedrive");
  });

  it("of something else is left alone", async () => {
    await using place = await oneDrivePlace();
    await using folder = await temporaryFolder();
    const tokenFile = folder.at("tokens.json");
    await writeFile(tokenFile, "not ours");
    await failure(namesIn(await place.open({ access: { token: null, tokenFile } }), ""), "CONFIG");
    expect(await readFile(tokenFile, "utf8")).toBe("not ours");
  });

  it("breaks the lock of a process that has died", async () => {
    await using place = await oneDrivePlace();
    await using folder = await temporaryFolder();
    const tokenFile = folder.at("tokens.json");
    await writeFile(`${tokenFile}.lock`, "another-host 1 0");
    const long = new Date(Date.now() - 600_000);
    await utimes(`${tokenFile}.lock`, long, long);
    expect(await namesIn(await place.open({ access: { token: place.line, tokenFile } }), "")).toEqual([]);
  });

  it("is renewed by one of several processes at a time, and never torn", async () => {
    await using place = await oneDrivePlace();
    await using folder = await temporaryFolder();
    const tokenFile = folder.at("tokens.json");
    // So long that renewals of several processes would meet.
    const isRenewal = ({ url }: Call): boolean => url.pathname.endsWith("/token");
    place.server.faults.push({ fits: isRenewal, times: 1000, does: () => sleep(30) });
    const processes = Array.from({ length: 4 }, () =>
      run(process.execPath, [`${import.meta.dirname}/../children/sign-in.ts`, place.server.url, tokenFile], {
        env: { ...process.env, HOLDFAST_ONEDRIVE_TOKEN: place.line },
      }),
    );
    for (const { stdout } of await Promise.all(processes)) expect(stdout.toString()).toBe("10 listings\n");
    const kept = JSON.parse(await readFile(tokenFile, "utf8")) as { onedrive: { refreshToken: string } };
    expect(place.server.signIn.refreshTokens.has(kept.onedrive.refreshToken)).toBe(true);
    const used = place.server.calls.filter(({ url }) => url.pathname.endsWith("/token"));
    const tokens = used.map(({ body }) => new URLSearchParams(body.toString()).get("refresh_token"));
    expect(new Set(tokens).size).toBe(tokens.length);
  });
});

describe("a line", () => {
  it.each([
    ["", "STORE_AUTH"],
    ["holdfast-gdrive-1.e30", "CONFIG"],
    ["holdfast-onedrive-1.e30", "CONFIG"],
    ["hunter2", "CONFIG"],
    ['{"type":"service_account","private_key":"hunter2"}', "CONFIG"],
  ] as const)("%j is refused with %s, and not repeated", async (line, code) => {
    await using place = await oneDrivePlace();
    const access = { token: line === "" ? null : line, tokenFile: null };
    const error = await failure(namesIn(await place.open({ access }), ""), code);
    expect(JSON.stringify(error)).not.toContain("hunter2");
    expect(error.hint).toContain("holdfast init onedrive");
  });
});
