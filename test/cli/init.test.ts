import { spawn } from "node:child_process";
import { once } from "node:events";
import { stat } from "node:fs/promises";
import { expect, test } from "vitest";
import { startGoogleDrive } from "../drives/drive.ts";
import { type OneDriveServer, startOneDrive } from "../drives/graph.ts";
import { openWorkbench, type Workbench } from "./workbench.ts";

/** The clock of this machine, which the processes have too. */
const REAL_TIME = {
  get nowMs() {
    return Date.now();
  },
};

/** Sends what is for the provider to the stand-in. */
const REDIRECT = `data:text/javascript,${encodeURIComponent(
  "const given = globalThis.fetch; globalThis.fetch = (url, init) => given(url.replace(/^https:[/][/]/, process.env.STAND_IN + '/'), init);",
)}`;

test("init signs in, keeps what comes of it, and a save and a restore go without anybody", async () => {
  await using drive = await openDrive();
  await using bench = await openWorkbench();
  const { status, stdout, stderr } = await signInWith(drive, bench, ["init", "onedrive"]);
  const file = bench.at(".config", "holdfast", "tokens.json");
  expect(stderr).toMatch(
    /^holdfast: open https:\/\/microsoft\.com\/devicelogin on any machine, and type in the code [0-9A-F]{4}-[0-9A-F]{4}\n$/,
  );
  expect(stdout).toBe(`signed in to OneDrive; what comes back without you is in ${file}\n`);
  expect(status).toBe(0);
  expect((await stat(file)).mode & 0o777).toBe(0o600);

  await bench.writeState({ login: "kept" });
  const variables = { ...variablesFor(drive), HOLDFAST_STORE: "onedrive:vault" };
  const saved = await bench.run(["save", "--state", "data"], variables);
  expect(saved).toMatchObject({ status: 0, stderr: "" });
  const restored = await bench.run(["restore", "--to", "copy"], variables);
  expect(restored).toMatchObject({ status: 0, stderr: "" });
  expect([...drive.files().keys()].filter((name) => name.startsWith("vault/snapshots/")).length).toBe(1);
});

test("init --print gives one line, keeps nothing, and the line is enough", async () => {
  await using drive = await openDrive();
  await using bench = await openWorkbench();
  const { status, stdout, stderr } = await signInWith(drive, bench, ["init", "onedrive", "--print"]);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^holdfast-onedrive-1\.[\w-]+\n$/);
  expect(stderr).toMatch(/this line ends on \d{4}-\d\d-\d\d/);
  expect(stderr).not.toContain(stdout.trim());
  await expect(stat(bench.at(".config"))).rejects.toThrow();

  await bench.writeState({ login: "kept" });
  const variables = {
    ...variablesFor(drive),
    HOLDFAST_STORE: "onedrive:",
    HOLDFAST_ONEDRIVE_TOKEN: stdout,
    HOLDFAST_TOKEN_FILE: bench.at("tokens", "file"),
  };
  const saved = await bench.run(["save", "--state", "data", "--verbose"], variables);
  expect(saved.status).toBe(0);
  expect(saved.stderr + saved.stdout).not.toMatch(/refresh-|access-|holdfast-onedrive-1/);
  expect((await stat(bench.at("tokens", "file"))).mode & 0o777).toBe(0o600);

  drive.signIn.revokeAll();
  const refused = await bench.run(["snapshots", "--verbose"], variables);
  expect(refused.status).toBe(4);
  expect(refused.stderr).toContain("hint: sign in again with: holdfast init onedrive");
  expect(refused.stderr + refused.stdout).not.toMatch(/refresh-|access-|holdfast-onedrive-1/);
});

test("init --json prints what to do and what was done", async () => {
  await using drive = await openDrive();
  await using bench = await openWorkbench();
  const { stdout, stderr } = await signInWith(drive, bench, ["init", "onedrive", "--json"]);
  expect(JSON.parse(stderr)).toEqual({
    event: "sign_in",
    url: "https://microsoft.com/devicelogin",
    code: expect.any(String) as string,
    expires: expect.any(String) as string,
  });
  expect(JSON.parse(stdout)).toEqual({
    drive: "onedrive",
    token_file: bench.at(".config", "holdfast", "tokens.json"),
    token: null,
    ends: expect.any(String) as string,
  });
});

test("init gdrive --paste takes the address of the page that does not open, and a save follows", async () => {
  await using drive = await startGoogleDrive(REAL_TIME);
  drive.signIn.isDesktop = true;
  await using bench = await openWorkbench();
  const variables = {
    ...redirectedTo(drive.url),
    HOLDFAST_GDRIVE_CLIENT_ID: drive.signIn.clientId,
    HOLDFAST_GDRIVE_CLIENT_SECRET: drive.signIn.clientSecret ?? "",
  };
  const refused = await bench.run(["init", "gdrive"], variables);
  expect(refused.status).toBe(2);
  expect(refused.stderr).toContain("holdfast init gdrive --paste");

  const [program, ...words] = bench.holdfast.command;
  const child = spawn(program, [...words, "init", "gdrive", "--paste"], {
    env: { ...bench.holdfast.env, ...variables },
    cwd: bench.path,
  });
  const ended = once(child, "close");
  let said = "";
  for await (const chunk of child.stderr as AsyncIterable<Buffer>) {
    said += chunk.toString();
    const url = /https:\/\/accounts\.google\.com\/\S+/.exec(said)?.[0];
    if (url !== undefined && said.endsWith("\n") && child.stdin.writable)
      child.stdin.end(`${drive.signIn.agreeAt(new URL(url)).href}\n`);
  }
  expect(await ended).toEqual([0, null]);

  await bench.writeState({ login: "kept" });
  const saved = await bench.run(["save", "--state", "data"], { ...variables, HOLDFAST_STORE: "gdrive:" });
  expect(saved).toMatchObject({ status: 0, stderr: "" });
  expect([...drive.files().keys()]).toContain("holdfast/config");
});

test("init needs an app, and a drive that it knows", async () => {
  await using bench = await openWorkbench();
  const { status, stderr } = await bench.run(["init", "gdrive"]);
  expect({ status, stderr }).toEqual({
    status: 2,
    stderr:
      "holdfast: error: no app is known to sign in to: HOLDFAST_GDRIVE_CLIENT_ID is not set\n" +
      "hint: register one once, as docs/stores/google-drive.md says, and set the variable\n",
  });
  expect((await bench.run(["init", "dropbox"])).status).toBe(2);
});

/** On the clock of this machine, asked about every second. */
async function openDrive(): Promise<OneDriveServer> {
  const drive = await startOneDrive(REAL_TIME);
  drive.signIn.intervalS = 1;
  return drive;
}

function redirectedTo(url: string): Record<string, string> {
  return { STAND_IN: url, NODE_OPTIONS: `--import=${REDIRECT}` };
}

function variablesFor(drive: OneDriveServer): Record<string, string> {
  return {
    ...redirectedTo(drive.url),
    HOLDFAST_ONEDRIVE_CLIENT_ID: drive.signIn.clientId,
  };
}

/** Somebody agrees as soon as there is a code. */
async function signInWith(
  drive: OneDriveServer,
  bench: Workbench,
  words: readonly string[],
): Promise<{ readonly status: number | null; readonly stdout: string; readonly stderr: string }> {
  const isPoll = (body: Buffer): boolean => body.includes("device_code");
  drive.faults.push({ fits: ({ body }) => isPoll(body), does: () => drive.signIn.decideAll("granted") });
  return bench.run(words, variablesFor(drive));
}
