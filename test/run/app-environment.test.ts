import { expect, test } from "vitest";
import { appEnvironment } from "../../src/run/app-environment.ts";

test("the app gets what is its own, and nothing that opens the stores", () => {
  const own = { PATH: "/bin", HF_TOKEN: "hf_app", AWS_ACCESS_KEY_ID: "app", HOLDFAST_STORE: "./here" };
  const secrets = [
    "HOLDFAST_PASSWORD",
    "HOLDFAST_COOKIES",
    "HOLDFAST_NOTIFY",
    "HOLDFAST_WEBDAV_PASSWORD",
    "HOLDFAST_WEBDAV_TOKEN",
    "HOLDFAST_ONEDRIVE_TOKEN",
    "HOLDFAST_GDRIVE_TOKEN",
    "HOLDFAST_GDRIVE_CLIENT_SECRET",
    "HOLDFAST_FROM_HF_TOKEN",
    "HOLDFAST_TO_AWS_SECRET_ACCESS_KEY",
  ];
  const environment = { ...own, ...Object.fromEntries(secrets.map((name) => [name, "secret"])) };
  expect(appEnvironment(environment, "login")).toEqual({ ...own, HOLDFAST_MODE: "login" });
});
