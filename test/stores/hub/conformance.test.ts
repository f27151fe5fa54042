import { LONG } from "../../support/long.ts";
import { disposable, testConformance } from "../conformance.ts";
import { hubPlace } from "./hub-store.ts";

testConformance("a dataset of the Hub", async () => {
  const place = await hubPlace();
  return disposable(await place.open(), () => place[Symbol.asyncDispose]());
});

if (LONG) {
  testConformance("a folder in a dataset of the Hub", async () => {
    const place = await hubPlace();
    const address = "hf://datasets/alice/vault/deep/er";
    return disposable(await place.open({ address }), () => place[Symbol.asyncDispose]());
  });
}
