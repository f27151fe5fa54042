import { openLocalStore } from "../../src/stores/local.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { disposable, testConformance } from "./conformance.ts";

testConformance("a folder", async () => {
  const folder = await temporaryFolder();
  return disposable(openLocalStore(folder.at("store")), () => folder[Symbol.asyncDispose]());
});
