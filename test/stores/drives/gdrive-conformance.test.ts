import { LONG } from "../../support/long.ts";
import { disposable, testConformance } from "../conformance.ts";
import { googleDrivePlace } from "./places.ts";

/** The longest name of the contract; Google Drive itself takes 100 folders, which another test looks at. */
const MAX_DEPTH = 150;

testConformance(
  "a folder in Google Drive",
  async () => {
    const place = await googleDrivePlace({ maxDepth: MAX_DEPTH, maxPage: 3 });
    return disposable(await place.open({ maxDepth: MAX_DEPTH }), () => place[Symbol.asyncDispose]());
  },
  { isQuick: !LONG },
);

testConformance(
  "a Google Drive whose listings are late",
  async () => {
    const place = await googleDrivePlace({ maxDepth: MAX_DEPTH, lateMs: 900 });
    return disposable(await place.open({ maxDepth: MAX_DEPTH }, "deep/er"), () =>
      place[Symbol.asyncDispose](),
    );
  },
  { isQuick: true },
);
