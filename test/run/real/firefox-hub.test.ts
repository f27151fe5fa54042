import { testPromise } from "./promise.ts";

await testPromise("firefox", "hub", false);
