import { LONG } from "../../support/long.ts";
import { disposable, testConformance } from "../conformance.ts";
import { oneDrivePlace } from "./places.ts";

/** The longest name of the contract; OneDrive itself takes 400 characters, which another test looks at. */
const MAX_PATH_LENGTH = 1200;

testConformance(
  "a folder in OneDrive",
  async () => {
    const place = await oneDrivePlace({ maxPathLength: MAX_PATH_LENGTH, maxPage: 3 });
    return disposable(await place.open({ maxPathLength: MAX_PATH_LENGTH }), () =>
      place[Symbol.asyncDispose](),
    );
  },
  { isQuick: !LONG },
);

testConformance(
  "the app's folder in a OneDrive that makes no folders by itself",
  async () => {
    const place = await oneDrivePlace({
      maxPathLength: MAX_PATH_LENGTH,
      makesFolders: false,
      lateFolders: LONG ? 2 : 1,
    });
    return disposable(await place.open({ maxPathLength: MAX_PATH_LENGTH }, ""), () =>
      place[Symbol.asyncDispose](),
    );
  },
  { isQuick: true },
);
