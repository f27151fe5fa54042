import { readFile } from "node:fs/promises";
import { createServer } from "node:https";
import { describe, expect, it, test } from "vitest";
import { isPrivateStore, openStore } from "../../../src/stores/open.ts";
import { bytesOf, namesIn } from "../../../src/stores/conformance/case.ts";
import { webdavError } from "../../../src/stores/webdav/errors.ts";
import { quirksOf } from "../../../src/stores/webdav/quirks.ts";
import type { Store } from "../../../src/stores/store.ts";
import { type Answer, type Call, startStandIn, type StandIn } from "../../webdav/stand-in.ts";
import { findProgram } from "../../../scripts/programs.ts";
import { run } from "../../support/run.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { failure } from "../conformance.ts";
import { openOn, QUICK } from "./webdav-store.ts";

const openssl = await findProgram("openssl");
if (openssl === null) process.stdout.write("skipped: openssl is not installed\n");

const FILE = { name: "data/aa/one", bytes: bytesOf("some bytes") };

type Try = (store: Store) => Promise<unknown>;
const write: Try = (store) => store.write([FILE]);
const read: Try = (store) => store.read("config");
const list: Try = (store) => namesIn(store, "");

const on =
  (method: string, answer: Answer) =>
  (call: Call): Answer | null =>
    call.method === method ? answer : null;

/** What the server says, what is tried, and what the user gets to read. */
const CASES: readonly {
  readonly what: string;
  readonly before: (call: Call) => Answer | null;
  readonly tried: Try;
  readonly code: string;
  readonly message: RegExp;
  readonly hint: RegExp;
}[] = [
  {
    what: "a wrong password",
    before: () => ({ status: 401, headers: { "www-authenticate": 'Basic realm="x"' } }),
    tried: list,
    code: "STORE_AUTH",
    message: /does not take the user and password \(status 401\)$/,
    hint: /^check HOLDFAST_WEBDAV_USER and HOLDFAST_WEBDAV_PASSWORD; with two-factor authentication/,
  },
  {
    what: "no right to read",
    before: () => ({ status: 403 }),
    tried: read,
    code: "STORE_AUTH",
    message: /^could not (read|look for) config: the server does not allow that \(status 403\)$/,
    hint: /^let the user read webdav:/,
  },
  {
    what: "no right to write",
    before: on("PUT", { status: 403 }),
    tried: write,
    code: "STORE_READ_ONLY",
    message: /^could not write data\/aa\/one: the server does not allow that/,
    hint: /^let the user write to webdav:/,
  },
  {
    what: "a folder that cannot be made",
    before: on("MKCOL", { status: 409 }),
    tried: write,
    code: "CONFIG",
    message: /there is no folder webdav:\/\/127.0.0.1:\d+\/store, and it cannot be made \(status 409\)$/,
    hint: /top folder be made only at their web site$/,
  },
  {
    what: "no WebDAV",
    before: () => ({ status: 405 }),
    tried: list,
    code: "CONFIG",
    message: /knows no PROPFIND at webdav:/,
    hint: /^check that WebDAV is on there/,
  },
  {
    what: "no writing",
    before: (call) => (["PUT", "MKCOL", "MOVE"].includes(call.method) ? { status: 405 } : null),
    tried: write,
    code: "STORE_READ_ONLY",
    message: /knows no PUT at webdav:/,
    hint: /with writing/,
  },
  {
    what: "a limit of the proxy",
    before: on("PUT", { status: 413, headers: { "content-type": "text/html" }, body: "<html>too large" }),
    tried: write,
    code: "CONFIG",
    message: /takes no file of 0.0 MiB \(status 413\)$/,
    hint: /client_max_body_size/,
  },
  {
    what: "a lock that stays",
    before: on("MOVE", { status: 423 }),
    tried: write,
    code: "STORE_UNREACHABLE",
    message: /keeps it locked \(status 423\)$/,
    hint: /^another program is at work on it/,
  },
  {
    what: "too many requests, without a time",
    before: () => ({ status: 429 }),
    tried: list,
    code: "STORE_UNREACHABLE",
    message: /answered with status 429$/,
    hint: /^try again later$/,
  },
  {
    what: "a wait that is too long",
    before: () => ({ status: 503, headers: { "retry-after": "3600" } }),
    tried: list,
    code: "STORE_UNREACHABLE",
    message: /answered with status 503$/,
    hint: /^try again later$/,
  },
  {
    what: "too many wrong passwords",
    before: () => ({ status: 429, body: "Too many login retries" }),
    tried: list,
    code: "STORE_UNREACHABLE",
    message: /takes no logins for now/,
    hint: /wait an hour/,
  },
  {
    what: "a full disk",
    before: on("PUT", {
      status: 507,
      body: '<d:error xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns"><s:message>no quota</s:message></d:error>',
    }),
    tried: write,
    code: "DISK_FULL",
    message: /there is no room left at 127.0.0.1:\d+ \(status 507: no quota\)$/,
    hint: /holdfast forget/,
  },
  {
    what: "a place elsewhere for what is written",
    before: on("PUT", {
      status: 308,
      headers: { location: "https://user:hunter2@elsewhere.example/x?sig=hunter2" },
    }),
    tried: write,
    code: "CONFIG",
    message: /sends PUT to https:\/\/elsewhere\.example \(status 308\), which is not followed$/,
    hint: /^name in the address of the store where the server really is/,
  },
  {
    what: "a place elsewhere for what is read",
    before: on("GET", { status: 302, headers: { location: "http://elsewhere.example/login" } }),
    tried: read,
    code: "CONFIG",
    message: /sends GET to http:\/\/elsewhere\.example/,
    hint: /^name in the address/,
  },
];

describe("what a user reads about", () => {
  for (const { what, before, tried, code, message, hint } of CASES) {
    it(what, async () => {
      await using server = await startStandIn({ before });
      const error = await failure(tried(await openOn(server)), code);
      expect(error.message).toMatch(message);
      expect(error.hint).toMatch(hint);
      expect(JSON.stringify(error)).not.toMatch(/hunter2|correct|horse/);
      expect([...server.files.keys()].filter((name) => !name.includes("uploads-tmp"))).toEqual([]);
    });
  }

  it("Nextcloud's address", async () => {
    const context = { shown: "webdavs://h/remote.php/x", host: "h", credentials: "password" } as const;
    const quirks = quirksOf(new URL("https://h/remote.php/x/"));
    const response = { status: 404, bytes: new Uint8Array(), host: "h", header: () => null };
    const error = webdavError(response, { method: "MKCOL", what: "make it" }, { ...context, quirks });
    expect(error.hint).toBe("write it like webdavs://host/remote.php/dav/files/USER/folder");
  });

  it.skipIf(openssl === null)("a certificate that nobody has signed", async () => {
    await using folder = await temporaryFolder();
    const files = ["-keyout", folder.at("key"), "-out", folder.at("cert")];
    await run(openssl ?? "", [
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-subj",
      "/CN=127.0.0.1",
      ...files,
    ]);
    const [key, cert] = [await readFile(folder.at("key")), await readFile(folder.at("cert"))];
    const server = createServer({ key, cert }, (_, answer) => answer.end());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    try {
      const store = await openOn({ url: `https://127.0.0.1:${port}`, user: "a", password: "b" });
      const error = await failure(store.read("config"), "STORE_UNREACHABLE");
      expect(error.message).toMatch(
        /the certificate of 127\.0\.0\.1:\d+ is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\)$/,
      );
      expect(error.hint).toMatch(/NODE_EXTRA_CA_CERTS/);
    } finally {
      server.close();
    }
  });
});

test("what is read is led on within the server, and what is written is not", async () => {
  await using server = await startStandIn({
    before: ({ method, path }) =>
      method === "GET" && path.startsWith("/store/")
        ? { status: 307, headers: { location: "/elsewhere" } }
        : null,
  });
  server.files.set("/elsewhere", Buffer.from("found"));
  const store = await openOn(server);
  expect(Buffer.from(await store.read("config")).toString()).toBe("found");
});

describe("an address", () => {
  it("is refused with a password, in the clear, or half written, and never shown", async () => {
    for (const [url, message, hint] of [
      [
        "webdavs://alice:hunter2@host/x",
        /holds a user or a password/,
        /^write webdavs:\/\/host\/path, and set/,
      ],
      ["webdav://hunter2@host/x", /holds a user or a password/, /HOLDFAST_WEBDAV_USER/],
      [
        "webdav://nas.local/x",
        /^webdav:\/\/nas\.local would send the password in the clear$/,
        /ALLOW_HTTP=1/,
      ],
      ["webdavs:host/x", /is not complete$/, /^write it like webdavs:/],
      ["webdavs://host/x?key=hunter2", /is not complete$/, /^write it like webdavs:/],
      ["webdavs://host/%zz", /is not complete$/, /^write it like webdavs:/],
    ] as const) {
      const error = await failure(openStore(url), "CONFIG");
      expect(error.message).toMatch(message);
      expect(error.hint).toMatch(hint);
      expect(JSON.stringify(error)).not.toContain("hunter2");
    }
  });

  it("is shown as it was written", async () => {
    for (const [url, shown] of [
      ["webdavs://host:8443/a%20b/", "webdavs://host:8443/a%20b"],
      ["WEBDAV://127.0.0.1", "webdav://127.0.0.1"],
    ] as const)
      expect((await openStore(url)).url).toBe(shown);
    const allowed = { user: null, password: null, token: null, allowsHttp: true };
    expect((await openStore("webdav://nas.local/x", { credentials: { webdav: allowed } })).url).toBe(
      "webdav://nas.local/x",
    );
  });

  it("comes with a user and a password, or neither", async () => {
    for (const webdav of [
      { user: "alice", password: null, token: null },
      { user: null, password: "hunter2", token: null },
      { user: "al:ice", password: "hunter2", token: null },
      { user: null, password: null, token: "hunter2\n" },
    ])
      await failure(openStore("webdavs://host/x", { credentials: { webdav } }), "CONFIG");
  });
});

describe("a server that anybody can read", () => {
  const look = (server: StandIn): Promise<boolean> =>
    isPrivateStore(`${server.url.replace(/^http/, "webdav")}/store`, { retry: QUICK });

  it("is no private place, whether the folder is there or not", async () => {
    for (const status of [404, 207]) {
      await using server = await startStandIn({ before: () => ({ status }) });
      await failure(look(server), "STORE_PUBLIC");
    }
  });

  it("is no private place when it only hides its lists", async () => {
    await using server = await startStandIn({ before: on("PROPFIND", { status: 401 }) });
    await failure(look(server), "STORE_PUBLIC");
  });

  it("is one when strangers are refused", async () => {
    await using server = await startStandIn();
    expect(await look(server)).toBe(true);
    expect(await isPrivateStore("webdav://nas.invalid/x")).toBe(false);
  });
});
