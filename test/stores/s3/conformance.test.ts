import { PROFILES, type ProfileName } from "../../s3/profiles.ts";
import { LONG } from "../../support/long.ts";
import { disposable, testConformance } from "../conformance.ts";
import { s3Place } from "./s3-place.ts";

const all = Object.keys(PROFILES) as ProfileName[];
/** One of each way to create only, and of each way to name a bucket. */
const some: readonly ProfileName[] = ["aws", "b2", "oss", "hf"];

for (const profile of LONG ? all : some) {
  testConformance(
    `a bucket of a stand-in for ${profile}`,
    async () => {
      // In the quick run a few files fill a page, so that lists have several.
      const place = await s3Place({ profile, pageSize: LONG ? 1000 : 3 });
      return disposable(await place.open(), () => place[Symbol.asyncDispose]());
    },
    { isQuick: !LONG },
  );
}
