/** What opens the Hugging Face Hub; never part of an address. */
export interface HubAccess {
  /** `null` when there is none. */
  readonly token: string | null;
  /** Where the Hub is; `https://huggingface.co` when left out. */
  readonly endpoint?: string | undefined;
  /** Commits an hour that running saves keep to; 60 when left out. */
  readonly hourlyCommits?: number | undefined;
  /** Commits after which the history is given up; 200 when left out. */
  readonly compactAfterCommits?: number | undefined;
}

/** The Hub itself. */
export const HUB_ENDPOINT = "https://huggingface.co";
