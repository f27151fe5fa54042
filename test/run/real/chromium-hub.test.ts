import { testPromise } from "./promise.ts";

await testPromise("chromium", "hub", true);
