import { LEASES } from "../repository/layout.ts";

/** What the names of all files begin with by which instances of a supervised app agree who saves. */
export const LEASE_PREFIX: string = LEASES;
