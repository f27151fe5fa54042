import { testPromise } from "./promise.ts";

await testPromise("chromium", "local", false);
