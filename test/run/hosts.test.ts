import * as fc from "fast-check";
import { expect, test } from "vitest";
import { detectHost, graceShares } from "../../src/run/hosts.ts";
import { runs } from "../support/property.ts";

const NO_FILES = (): boolean => false;
const KUBERNETES = { KUBERNETES_SERVICE_HOST: "10.0.0.1" };

test.each<[variables: Readonly<Record<string, string>>, name: string, signal: string, graceMs: number]>([
  [{ SPACE_ID: "ada/app" }, "Hugging Face Spaces", "SIGTERM", 10_000],
  [{ K_SERVICE: "app" }, "Cloud Run", "SIGTERM", 10_000],
  [{ RENDER: "true" }, "Render", "SIGTERM", 30_000],
  [{ RAILWAY_PROJECT_ID: "p" }, "Railway", "SIGTERM", 3_000],
  [
    { RAILWAY_ENVIRONMENT: "production", RAILWAY_DEPLOYMENT_DRAINING_SECONDS: "25" },
    "Railway",
    "SIGTERM",
    25_000,
  ],
  [{ RAILWAY_PROJECT_ID: "p", RAILWAY_DEPLOYMENT_DRAINING_SECONDS: "0" }, "Railway", "SIGTERM", 0],
  [{ RAILWAY_PROJECT_ID: "p", RAILWAY_DEPLOYMENT_DRAINING_SECONDS: "soon" }, "Railway", "SIGTERM", 3_000],
  [{ RAILWAY_PROJECT_ID: "p", RAILWAY_DEPLOYMENT_DRAINING_SECONDS: "99999" }, "Railway", "SIGTERM", 3_000],
  [{ FLY_APP_NAME: "app" }, "Fly.io", "SIGINT", 5_000],
  [{ DYNO: "web.1" }, "Heroku", "SIGTERM", 30_000],
  [{}, "Kubernetes", "SIGTERM", 30_000],
])("what runs on Kubernetes with %j", (variables, name, stopSignal, graceMs) => {
  // Each is in a container too.
  const host = detectHost({ ...KUBERNETES, ...variables }, () => true);
  expect(host).toEqual({ name, stopSignal, graceMs, note: host.note });
  expect(host.note).toMatch(/^[^\n.].*[^.]$/);
});

test("a container is known by its file, anything else is taken for one", () => {
  for (const file of ["/.dockerenv", "/run/.containerenv"]) {
    expect(detectHost({}, (path) => path === file)).toMatchObject({ name: "a container", graceMs: 10_000 });
  }
  const elsewhere = { name: "this machine", stopSignal: "SIGTERM", graceMs: 10_000 };
  expect(detectHost({}, NO_FILES)).toMatchObject(elsewhere);
  // A variable without a value is what is left of one that somebody has taken away.
  expect(detectHost({ SPACE_ID: "", RENDER: undefined }, NO_FILES)).toMatchObject(elsewhere);
});

const graces = fc.integer({ min: 0, max: 600_000 });

test("the shares are whole, none is negative, and together they are the grace", () => {
  fc.assert(
    fc.property(graces, (graceMs) => {
      const { appMs, lastSaveMs, reserveMs } = graceShares(graceMs);
      const all = [appMs, lastSaveMs, reserveMs];
      expect(all.every((share) => Number.isInteger(share) && share >= 0)).toBe(true);
      expect(appMs + lastSaveMs + reserveMs).toBe(graceMs);
    }),
    runs(300),
  );
});

test("with a longer grace nobody gets less", () => {
  fc.assert(
    fc.property(graces, graces, (one, other) => {
      const [less, more] = [one, other].sort((a, b) => a - b).map(graceShares);
      expect(more?.appMs).toBeGreaterThanOrEqual(less?.appMs ?? NaN);
      expect(more?.lastSaveMs).toBeGreaterThanOrEqual((less?.lastSaveMs ?? NaN) - 1);
      expect(more?.reserveMs).toBeGreaterThanOrEqual(less?.reserveMs ?? NaN);
    }),
    runs(300),
  );
});

test("where time is short, the last save has most of it, and the app enough to write what is fresh", () => {
  fc.assert(
    fc.property(fc.integer({ min: 900, max: 10_000 }), (graceMs) => {
      const { appMs, lastSaveMs } = graceShares(graceMs);
      expect(appMs).toBeGreaterThanOrEqual(300);
      expect(lastSaveMs).toBeGreaterThanOrEqual(appMs);
    }),
    runs(300),
  );
  expect(graceShares(0)).toEqual({ appMs: 0, lastSaveMs: 0, reserveMs: 0 });
  expect(graceShares(3_000)).toEqual({ appMs: 1_000, lastSaveMs: 1_700, reserveMs: 300 });
  expect(graceShares(10_000)).toEqual({ appMs: 4_500, lastSaveMs: 5_000, reserveMs: 500 });
  expect(graceShares(600_000).lastSaveMs).toBeGreaterThan(295_000);
});
