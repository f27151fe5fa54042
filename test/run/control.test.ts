import { chmod, link, mkdir, readdir, rename, stat } from "node:fs/promises";
import { createConnection, createServer } from "node:net";
import { once } from "node:events";
import { expect, test } from "vitest";
import { HoldfastError } from "../../src/base/errors.ts";
import { askControl, controlPath, serveControl } from "../../src/run/control.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

test("answers commands of the same user, and only those", async () => {
  await using folder = await temporaryFolder();
  const path = controlPath(["data"], { XDG_RUNTIME_DIR: folder.path });
  expect(await askControl(path, { command: "status" })).toBe(null);
  {
    await using _server = await serveControl(path, ({ command }) => Promise.resolve({ did: command }));
    expect(await askControl(path, { command: "save" })).toEqual({ result: { did: "save" } });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(folder.at("holdfast"))).mode & 0o777).toBe(0o700);
  }
  expect(await askControl(path, { command: "status" })).toBe(null);
});

test("errors come back with their code and hint", async () => {
  await using folder = await temporaryFolder();
  const path = controlPath(["data"], { XDG_RUNTIME_DIR: folder.path });
  const refusal = new HoldfastError({ code: "CONFIG", message: "no login is under way", hint: "start one" });
  await using _server = await serveControl(path, () => Promise.reject(refusal));
  await expect(askControl(path, { command: "done" })).rejects.toMatchObject({
    code: "CONFIG",
    message: "no login is under way",
    hint: "start one",
  });
});

test("is refused while another one listens, and takes the place of a dead one", async () => {
  await using folder = await temporaryFolder();
  const path = controlPath(["data"], { XDG_RUNTIME_DIR: folder.path });
  {
    await using _first = await serveControl(path, () => Promise.resolve(null));
    await expect(serveControl(path, () => Promise.resolve(null))).rejects.toMatchObject({ code: "LOCKED" });
  }
  // what a killed process leaves: a name that nobody listens at
  await mkdir(folder.at("holdfast"), { recursive: true, mode: 0o700 });
  const dead = createServer().listen(path);
  await once(dead, "listening");
  await link(path, folder.at("copy"));
  dead.close();
  await once(dead, "close");
  await rename(folder.at("copy"), path);
  await using _second = await serveControl(path, () => Promise.resolve("here"));
  expect(await askControl(path, { command: "status" })).toEqual({ result: "here" });
});

test("the socket is the same for the same folders, whatever their order, and another one for others", async () => {
  await using folder = await temporaryFolder();
  const environment = { XDG_RUNTIME_DIR: folder.path };
  expect(controlPath(["a", "b"], environment)).toBe(controlPath(["./b/", "a"], environment));
  expect(controlPath(["a"], environment)).not.toBe(controlPath(["a", "b"], environment));
});

test("a folder that others can enter is not used, and asking makes none", async () => {
  await using folder = await temporaryFolder();
  const path = controlPath(["data"], { XDG_RUNTIME_DIR: folder.path });
  expect(await askControl(path, { command: "status" })).toBe(null);
  expect(await readdir(folder.path)).toEqual([]);
  await mkdir(folder.at("holdfast"));
  await chmod(folder.at("holdfast"), 0o777);
  const serving = serveControl(path, () => Promise.resolve(null));
  await expect(serving).rejects.toMatchObject({ code: "PERMISSION" });
  const stranger = createServer((socket) => socket.end('{"result":{}}')).listen(path);
  await once(stranger, "listening");
  expect(await askControl(path, { command: "status" })).toBe(null);
  stranger.close();
});

test("a question without an end is not listened to for ever", async () => {
  await using folder = await temporaryFolder();
  const path = controlPath(["data"], { XDG_RUNTIME_DIR: folder.path });
  await using _server = await serveControl(path, () => Promise.resolve(null));
  const socket = createConnection(path);
  socket.write("x".repeat(200_000));
  const [answer] = (await once(socket, "data")) as [Buffer];
  expect(answer.toString()).toContain("too long");
  socket.destroy();
});
