import { LONG } from "../../support/long.ts";
import { disposable, testConformance } from "../conformance.ts";
import { hubPlace } from "./hub-store.ts";

testConformance(
  "a dataset of the Hub",
  async () => {
    // In the quick run a few files fill a page, so that lists have several.
    const place = await hubPlace(LONG ? {} : { limits: { treePage: 3 } });
    return disposable(await place.open(), () => place[Symbol.asyncDispose]());
  },
  { isQuick: !LONG },
);

if (LONG) {
  testConformance("a folder in a dataset of the Hub", async () => {
    const place = await hubPlace();
    const address = "hf://datasets/alice/vault/deep/er";
    return disposable(await place.open({ address }), () => place[Symbol.asyncDispose]());
  });
}
