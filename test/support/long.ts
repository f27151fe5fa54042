/** Whether this is the long run (`npm run test:long`): full counts, full sizes. */
export const LONG: boolean = process.env["HOLDFAST_LONG"] === "1";
