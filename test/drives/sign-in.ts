import { createHash, randomBytes } from "node:crypto";
import { type Answer, type Call, type Clock, Refusal } from "./server.ts";

/** Whose rules hold. */
export type SignInKind = "microsoft" | "google";

interface Device {
  readonly userCode: string;
  readonly untilMs: number;
  state: "pending" | "granted" | "denied";
  intervalS: number;
  lastAskedMs: number;
}

interface Refresh {
  readonly untilMs: number;
}

/** Timers may be a moment early. */
const TOLERANCE_MS = 50;
const DAY_MS = 86_400_000;
const HOSTS = { microsoft: "login.microsoftonline.com", google: "oauth2.googleapis.com" } as const;
const SCOPES = {
  microsoft: "Files.ReadWrite.AppFolder offline_access",
  google: "https://www.googleapis.com/auth/drive.file",
} as const;
const CLIENT = { microsoft: "app-of-microsoft", google: "app-of-google.apps.googleusercontent.com" } as const;

/** The part of a provider that signs people in, and knows tokens. */
export class SignIn {
  readonly kind: SignInKind;
  readonly clock: Clock;
  readonly clientId: string;
  readonly clientSecret: string | null;
  /** Google: the consent screen says "Testing", and tokens end after a week. */
  isTesting = false;
  /** How often a device may ask, in seconds. */
  intervalS = 5;
  /** The app is one for desktops, which may not ask for a code of a device. */
  isDesktop = false;
  readonly refreshTokens: Map<string, Refresh> = new Map();
  readonly #access = new Map<string, number>();
  readonly #devices = new Map<string, Device>();
  readonly #codes = new Map<string, { readonly challenge: string; readonly redirect: string }>();

  constructor(kind: SignInKind, clock: Clock) {
    this.kind = kind;
    this.clock = clock;
    this.clientId = CLIENT[kind];
    this.clientSecret = kind === "google" ? "GOCSPX-secret-of-the-app" : null;
  }

  /** What a person types in, and presses. */
  decide(userCode: string, state: "granted" | "denied"): void {
    const device = [...this.#devices.values()].find((one) => one.userCode === userCode);
    if (device === undefined) throw new Error("nobody has asked with this code");
    device.state = state;
  }

  /** What somebody does who sees all codes. */
  decideAll(state: "granted" | "denied"): void {
    for (const device of this.#devices.values()) device.state = state;
  }

  /** What a browser does after the person has agreed at an address. @returns where it is sent */
  agreeAt(address: URL): URL {
    const value = (name: string): string => address.searchParams.get(name) ?? "";
    if (
      address.origin !== "https://accounts.google.com" ||
      value("client_id") !== this.clientId ||
      value("response_type") !== "code" ||
      value("scope") !== SCOPES.google ||
      value("code_challenge_method") !== "S256" ||
      value("access_type") !== "offline" ||
      !/^http:\/\/127\.0\.0\.1:\d+$/.test(value("redirect_uri"))
    )
      throw new Error("not an address to agree at");
    const code = `4/${randomBytes(8).toString("hex")}`;
    this.#codes.set(code, { challenge: value("code_challenge"), redirect: value("redirect_uri") });
    const target = new URL(value("redirect_uri"));
    target.searchParams.set("state", value("state"));
    target.searchParams.set("code", code);
    return target;
  }

  /** As after a sign-in. */
  newRefreshToken(): string {
    const token = `refresh-${randomBytes(12).toString("hex")}`;
    const days = this.kind === "microsoft" ? 90 : this.isTesting ? 7 : 180;
    this.refreshTokens.set(token, { untilMs: this.clock.nowMs + days * DAY_MS });
    return token;
  }

  /** As when the person takes the right away. */
  revokeAll(): void {
    this.refreshTokens.clear();
    this.#access.clear();
  }

  /** Access tokens end before their time. */
  endAccess(): void {
    this.#access.clear();
  }

  isHost(host: string): boolean {
    return host === HOSTS[this.kind];
  }

  /** Whether the header carries a token that is good now. */
  knows(authorization: string | undefined): boolean {
    const token = /^Bearer (\S+)$/.exec(authorization ?? "")?.[1];
    return token !== undefined && (this.#access.get(token) ?? 0) > this.clock.nowMs;
  }

  handle({ method, url, headers, body }: Call): Answer {
    const form = new URLSearchParams(body.toString());
    if (method !== "POST" || headers["content-type"] !== "application/x-www-form-urlencoded")
      throw new Refusal(400, { error: "invalid_request" });
    const [device, token] =
      this.kind === "microsoft"
        ? ["/common/oauth2/v2.0/devicecode", "/common/oauth2/v2.0/token"]
        : ["/device/code", "/token"];
    if (form.get("client_id") !== this.clientId)
      throw new Refusal(this.kind === "google" ? 401 : 400, { error: "invalid_client" });
    if (url.pathname === device) return this.#begin(form);
    if (url.pathname === token) return this.#give(form);
    throw new Refusal(404, { error: "not_found" });
  }

  #begin(form: URLSearchParams): Answer {
    only(form, ["client_id", "scope"]);
    if (this.isDesktop)
      throw new Refusal(401, { error: "invalid_client", error_description: "Invalid client type." });
    if (form.get("scope") !== SCOPES[this.kind]) throw new Refusal(400, { error: "invalid_scope" });
    const code = `device-${randomBytes(12).toString("hex")}`;
    const userCode = `${randomBytes(2).toString("hex")}-${randomBytes(2).toString("hex")}`.toUpperCase();
    const seconds = 900;
    const untilMs = this.clock.nowMs + seconds * 1000;
    this.#devices.set(code, {
      userCode,
      untilMs,
      state: "pending",
      intervalS: this.intervalS,
      lastAskedMs: this.clock.nowMs,
    });
    const where =
      this.kind === "microsoft"
        ? { verification_uri: "https://microsoft.com/devicelogin" }
        : { verification_url: "https://www.google.com/device" };
    return {
      status: 200,
      body: {
        device_code: code,
        user_code: userCode,
        ...where,
        expires_in: seconds,
        interval: this.intervalS,
      },
    };
  }

  #give(form: URLSearchParams): Answer {
    const kind = form.get("grant_type");
    if (kind === "refresh_token") return this.#renew(form);
    if (kind === "urn:ietf:params:oauth:grant-type:device_code") return this.#poll(form);
    if (kind === "authorization_code") return this.#exchange(form);
    throw new Refusal(400, { error: "unsupported_grant_type" });
  }

  #renew(form: URLSearchParams): Answer {
    const isMicrosoft = this.kind === "microsoft";
    only(form, ["client_id", "grant_type", "refresh_token", isMicrosoft ? "scope" : "client_secret"]);
    this.#checkSecret(form);
    const given = form.get("refresh_token") ?? "";
    if ((this.refreshTokens.get(given)?.untilMs ?? 0) <= this.clock.nowMs) {
      const description = `AADSTS700082: the token ${given} has expired`;
      throw new Refusal(400, { error: "invalid_grant", error_description: description });
    }
    // Microsoft gives a new one, and leaves the old one its time.
    return this.#tokens(isMicrosoft ? this.newRefreshToken() : null);
  }

  #poll(form: URLSearchParams): Answer {
    const isGoogle = this.kind === "google";
    only(form, ["client_id", "grant_type", "device_code", ...(isGoogle ? ["client_secret"] : [])]);
    this.#checkSecret(form);
    const device = this.#devices.get(form.get("device_code") ?? "");
    if (device === undefined) throw new Refusal(400, { error: "invalid_grant" });
    if (device.untilMs <= this.clock.nowMs) throw new Refusal(400, { error: "expired_token" });
    const isHasty = this.clock.nowMs - device.lastAskedMs < device.intervalS * 1000 - TOLERANCE_MS;
    device.lastAskedMs = this.clock.nowMs;
    if (isHasty) {
      device.intervalS += 5;
      throw new Refusal(isGoogle ? 403 : 400, { error: "slow_down" });
    }
    if (device.state === "pending")
      throw new Refusal(isGoogle ? 428 : 400, { error: "authorization_pending" });
    if (device.state === "denied")
      throw new Refusal(isGoogle ? 403 : 400, {
        error: isGoogle ? "access_denied" : "authorization_declined",
      });
    return this.#tokens(this.newRefreshToken());
  }

  #exchange(form: URLSearchParams): Answer {
    only(form, ["client_id", "client_secret", "grant_type", "code", "code_verifier", "redirect_uri"]);
    this.#checkSecret(form);
    const code = this.#codes.get(form.get("code") ?? "");
    const challenge = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    if (code === undefined || code.challenge !== challenge || code.redirect !== form.get("redirect_uri"))
      throw new Refusal(400, { error: "invalid_grant", error_description: "Malformed auth code." });
    this.#codes.delete(form.get("code") ?? "");
    return this.#tokens(this.newRefreshToken());
  }

  #tokens(refreshToken: string | null): Answer {
    const token = `access-${randomBytes(12).toString("hex")}`;
    this.#access.set(token, this.clock.nowMs + 3599_000);
    return {
      status: 200,
      body: {
        token_type: "Bearer",
        expires_in: 3599,
        access_token: token,
        ...(refreshToken === null ? {} : { refresh_token: refreshToken }),
        ...(this.isTesting ? { refresh_token_expires_in: 604_799 } : {}),
      },
    };
  }

  #checkSecret(form: URLSearchParams): void {
    if (form.get("client_secret") !== this.clientSecret) throw new Refusal(401, { error: "invalid_client" });
  }
}

function only(form: URLSearchParams, names: readonly string[]): void {
  for (const name of form.keys()) {
    if (!names.includes(name)) throw new Refusal(400, { error: "invalid_request", error_description: name });
  }
}
