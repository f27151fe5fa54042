import { readFile, stat } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { signIn, type SignInPrompt, type SignInRequest } from "../../src/operations/sign-in.ts";
import { parseLine } from "../../src/stores/oauth/grant.ts";
import { PROVIDERS } from "../../src/stores/oauth/provider.ts";
import { type Call, type Clock, type DriveServer, startServer } from "../drives/server.ts";
import { SignIn, type SignInKind } from "../drives/sign-in.ts";
import { failure } from "../stores/conformance.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

interface Place extends AsyncDisposable {
  readonly clock: Clock;
  readonly signIn: SignIn;
  readonly server: DriveServer;
  readonly waits: number[];
  /** A request in which something happens each time that somebody waits. */
  request(onWait: (prompt: SignInPrompt) => void, more?: Partial<SignInRequest>): SignInRequest;
}

describe.each(["microsoft", "google"] as const)("a code of %s", (kind) => {
  it("is shown, asked about as often as is allowed, and brings a line", async () => {
    await using place = await openPlace(kind);
    const result = await signIn(
      place.request(({ url, code }) => {
        expect(url).toMatch(/^https:\/\/(microsoft\.com|www\.google\.com)\//);
        if (place.waits.length === 3) place.signIn.decide(code ?? "", "granted");
      }),
    );
    expect(place.waits).toEqual([5000, 5000, 5000]);
    const grant = parseLine(PROVIDERS[result.drive], result.token ?? "");
    expect(grant.clientId).toBe(place.signIn.clientId);
    expect(place.signIn.refreshTokens.has(grant.refreshToken)).toBe(true);
    expect(result.ends).toBe(kind === "microsoft" ? "2026-04-01T00:00:15.000Z" : null);
  });

  it("is asked about more slowly when the provider says so, and when it does not answer", async () => {
    await using place = await openPlace(kind);
    place.server.faults.push({ fits: isPoll, does: { status: 400, body: { error: "slow_down" } } });
    place.server.faults.push({ fits: isPoll, does: "lost" });
    await signIn(
      place.request(({ code }) => {
        if (place.waits.length === 3) place.signIn.decide(code ?? "", "granted");
      }),
    );
    expect(place.waits).toEqual([5000, 10_000, 15_000]);
  });

  it("may be declined", async () => {
    await using place = await openPlace(kind);
    const error = await failure(
      signIn(place.request(({ code }) => place.signIn.decide(code ?? "", "denied"))),
      "STORE_AUTH",
    );
    expect(error.message).toMatch(/^the sign-in to .* was declined$/);
  });

  it("ends when nobody comes", async () => {
    await using place = await openPlace(kind);
    const error = await failure(signIn(place.request(() => {})), "STORE_AUTH");
    expect(error.message).toMatch(/^nobody has signed in to .* before the code ended$/);
    expect(place.waits.length).toBe(180);
  });

  it("of an app that nobody has registered is refused", async () => {
    await using place = await openPlace(kind);
    const app = { clientId: "unknown", clientSecret: null };
    const error = await failure(signIn(place.request(() => {}, { app })), "CONFIG");
    expect(error.hint).toContain("CLIENT_ID");
  });

  it("may be given up", async () => {
    await using place = await openPlace(kind);
    const controller = new AbortController();
    const call = signIn(place.request(() => controller.abort(), { signal: controller.signal }));
    await failure(call, "CANCELLED");
  });
});

describe("what comes of it", () => {
  it("is kept in a file of this user alone, beside that of the other drive", async () => {
    await using folder = await temporaryFolder();
    const tokenFile = folder.at("config", "holdfast", "tokens.json");
    for (const kind of ["microsoft", "google"] as const) {
      await using place = await openPlace(kind);
      const grant = (prompt: SignInPrompt): void => place.signIn.decide(prompt.code ?? "", "granted");
      const result = await signIn(place.request(grant, { tokenFile }));
      expect(result).toMatchObject({ token_file: tokenFile, token: null });
    }
    expect((await stat(tokenFile)).mode & 0o777).toBe(0o600);
    expect(Object.keys(JSON.parse(await readFile(tokenFile, "utf8")) as object)).toEqual([
      "onedrive",
      "gdrive",
    ]);
  });

  it("tells when Google ends it, for an app in testing", async () => {
    await using place = await openPlace("google");
    place.signIn.isTesting = true;
    const { ends } = await signIn(place.request(({ code }) => place.signIn.decide(code ?? "", "granted")));
    expect(ends).toBe("2026-01-08T00:00:04.000Z");
  });
});

describe("an address whose outcome is pasted", () => {
  it.each(["address", "code", "part of the address"])("takes the %s", async (what) => {
    await using place = await openPlace("google");
    place.signIn.isDesktop = true;
    const hint = (await failure(signIn(place.request(() => {})), "CONFIG")).hint;
    expect(hint).toContain("holdfast init gdrive --paste");
    const result = await signIn(
      pasting(place, (target) => {
        if (what === "address") return ` ${target.href}\n`;
        return what === "code" ? (target.searchParams.get("code") ?? "") : target.search;
      }),
    );
    expect(result.token).toMatch(/^holdfast-gdrive-1\.[\w-]+$/);
  });

  it.each([
    ["nothing", () => "", "what was pasted is neither a code nor an address with one"],
    ["the page of another sign-in", swapState, "what was pasted belongs to another sign-in"],
    [
      "a refusal",
      () => "http://127.0.0.1:53147/?error=access_denied",
      "the sign-in to Google Drive was declined",
    ],
    ["an old code", () => "4/0123456789", "Google Drive no longer accepts the sign-in (invalid_grant)"],
  ])("refuses %s", async (_, paste, message) => {
    await using place = await openPlace("google");
    expect((await failure(signIn(pasting(place, paste)), "STORE_AUTH")).message).toBe(message);
  });

  it("is not for OneDrive", async () => {
    await using place = await openPlace("microsoft");
    await failure(signIn(place.request(() => {}, { readPasted: async () => "" })), "CONFIG");
  });
});

function swapState(target: URL): string {
  target.searchParams.set("state", "other");
  return target.href;
}

function pasting(place: Place, paste: (target: URL) => string): SignInRequest {
  let target: URL | null = null;
  return place.request(() => {}, {
    onPrompt: ({ url, code }) => {
      expect(code).toBe(null);
      target = place.signIn.agreeAt(new URL(url));
    },
    readPasted: async () => paste(target ?? new URL("http://none")),
  });
}

function isPoll({ url, body }: Call): boolean {
  return url.pathname.endsWith("/token") && body.includes("device_code");
}

async function openPlace(kind: SignInKind): Promise<Place> {
  const clock = { nowMs: Date.UTC(2026, 0, 1) };
  const provider = new SignIn(kind, clock);
  const server = await startServer((call) => provider.handle(call));
  const waits: number[] = [];
  return {
    clock,
    signIn: provider,
    server,
    waits,
    request(onWait, more) {
      let shown: SignInPrompt | null = null;
      return {
        drive: kind === "microsoft" ? "onedrive" : "gdrive",
        app: { clientId: provider.clientId, clientSecret: provider.clientSecret },
        tokenFile: null,
        onPrompt: (prompt) => {
          shown = prompt;
        },
        fetch: server.fetch,
        clock: () => clock.nowMs,
        sleep: async (delayMs) => {
          waits.push(delayMs);
          clock.nowMs += delayMs;
          if (shown !== null) onWait(shown);
        },
        ...more,
      };
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
