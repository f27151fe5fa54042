import { testPromise } from "./promise.ts";

await testPromise("firefox", "local", false);
