import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { bytesOf, namesIn } from "../../../src/stores/conformance/case.ts";
import { digestChallengeOf, digestHeader } from "../../../src/stores/webdav/digest.ts";
import { findApache, startApache } from "../../webdav/apache.ts";
import { startStandIn } from "../../webdav/stand-in.ts";
import { failure } from "../conformance.ts";
import { openOn } from "./webdav-store.ts";

const program = await findApache();
const FILE = { name: "data/aa/one", bytes: bytesOf("some bytes") };

describe("digest", () => {
  const request = {
    method: "GET",
    uri: "/dir/index.html",
    user: "Mufasa",
    password: "Circle of Life",
    count: 1,
  };
  const clientNonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
  const rest =
    'realm="http-auth@example.org", qop="auth, auth-int", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';

  it("answers the examples of RFC 7616, the strongest when there are several", () => {
    for (const [header, response] of [
      [`Digest ${rest}, algorithm=MD5`, "8ca523f5e9506fed4657c9700eebdbec"],
      [
        `Digest ${rest}, algorithm=MD5, Digest ${rest}, algorithm=SHA-256`,
        "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
      ],
    ] as const) {
      const challenge = digestChallengeOf(header);
      expect(challenge).not.toBe(null);
      if (challenge !== null)
        expect(digestHeader(challenge, { ...request, clientNonce })).toContain(`response="${response}"`);
    }
  });

  it("answers servers of the older RFC 2069, and knows what it cannot answer", () => {
    const old = digestChallengeOf('Basic realm="x", Digest realm="a \\"b\\"", nonce=abc');
    expect(old).toMatchObject({ realm: 'a "b"', nonce: "abc", hasQop: false });
    expect(old === null ? "" : digestHeader(old, request)).not.toContain("qop");
    for (const header of ['Basic realm="x"', 'Digest realm="x", nonce="n", algorithm=MD4', "Digest nonce=n"])
      expect(digestChallengeOf(header)).toBe(null);
  });

  it("hashes the user, keeps a session, and takes names of every language", () => {
    const challenge = digestChallengeOf(`Digest ${rest}, algorithm=SHA-256-sess, userhash=true`);
    const header =
      challenge === null ? "" : digestHeader(challenge, { ...request, user: "J\u00e4s\u00f8n Doe" });
    expect(header).toContain(
      `username="${createHash("sha256").update("J\u00e4s\u00f8n Doe:http-auth@example.org").digest("hex")}"`,
    );
    expect(header).toMatch(/algorithm=SHA-256-sess.*userhash=true$/);
  });
});

describe("a store", () => {
  it.skipIf(program === null)("uses what Apache asks for", async () => {
    for (const authentication of ["basic", "digest"] as const) {
      await using server = await startApache(program ?? "", { authentication });
      const store = await openOn(server);
      await Promise.all([store.write([FILE]), store.write([{ ...FILE, name: "data/aa/two" }])]);
      expect(await namesIn(store, "")).toEqual(["data/aa/one", "data/aa/two"]);
      const stranger = await openOn({ ...server, password: "hunter2" });
      const error = await failure(stranger.read(FILE.name), "STORE_AUTH");
      expect(JSON.stringify(error)).not.toContain("hunter2");
      const nobody = await openOn(server, "store", { access: { user: null, password: null, token: null } });
      expect((await failure(nobody.read(FILE.name), "STORE_AUTH")).hint).toMatch(/^set HOLDFAST_WEBDAV_USER/);
    }
  });

  it("takes a new nonce when the old one has been used for long", async () => {
    let answers = 0;
    const nonces = new Set<string>();
    await using server = await startStandIn({
      before({ headers }) {
        const nonce = /nonce="(\w+)"/.exec(headers.authorization ?? "")?.[1];
        if (nonce !== undefined) nonces.add(nonce);
        answers += 1;
        if (nonce === `n${Math.floor(answers / 5)}`) return null;
        const fresh = `Digest realm="x", qop="auth", nonce="n${Math.floor((answers + 1) / 5)}", stale=true`;
        return { status: 401, headers: { "www-authenticate": fresh } };
      },
    });
    const store = await openOn(server);
    await store.write([FILE, { ...FILE, name: "data/aa/two" }]);
    expect(await namesIn(store, "")).toEqual(["data/aa/one", "data/aa/two"]);
    expect(nonces.size).toBeGreaterThan(1);
  });

  it("sends a token instead, and nothing to other servers", async () => {
    const seen: (string | undefined)[] = [];
    await using other = await startStandIn({
      before: (call) => (seen.push(call.headers.authorization), null),
    });
    await using server = await startStandIn({
      before: ({ headers, method }) =>
        headers.authorization !== "Bearer tok"
          ? { status: 401 }
          : method === "GET"
            ? { status: 302, headers: { location: `${other.url}/config` } }
            : null,
    });
    const store = await openOn(server, "store", { access: { user: null, password: null, token: "tok" } });
    expect(await namesIn(store, "")).toEqual([]);
    await failure(store.read("config"), "CONFIG");
    expect(seen).toEqual([]);
    const old = await openOn(server, "store", { access: { user: null, password: null, token: "hunter2" } });
    const error = await failure(old.read("config"), "STORE_AUTH");
    expect(error.message).toMatch(/does not take the token \(status 401\)$/);
    expect(error.hint).toMatch(/HOLDFAST_WEBDAV_TOKEN/);
    expect(JSON.stringify(error)).not.toContain("hunter2");
  });

  it("sends no password in the clear before it is asked", async () => {
    const sent: (string | null)[] = [];
    await using server = await startStandIn();
    const store = await openOn({ ...server, url: "http://nas.example" }, "store", {
      access: { user: server.user, password: server.password, token: null, allowsHttp: true },
      fetch(url, init) {
        sent.push(new Headers(init.headers).get("authorization"));
        return fetch(url.replace("http://nas.example", server.url), init);
      },
    });
    await namesIn(store, "");
    expect(sent).toEqual([null, expect.stringMatching(/^Basic /)]);
  });
});
