/** Whose drives. */
export type DriveKind = "onedrive" | "gdrive";

/** Where and for what somebody signs in. */
export interface Provider {
  readonly kind: DriveKind;
  /** For people. */
  readonly name: string;
  readonly scope: string;
  readonly deviceUrl: string;
  readonly tokenUrl: string;
  /** Where a person signs in who brings the code back by hand; `null` where that is not offered. */
  readonly authorizeUrl: string | null;
  /** The variable with the line that `holdfast init … --print` prints. */
  readonly tokenVariable: string;
  readonly clientVariable: string;
  /** What ends a sign-in, for whoever finds it ended. */
  readonly ends: string;
}

const MICROSOFT = "https://login.microsoftonline.com/common/oauth2/v2.0";

/** The two kinds of drives. */
export const PROVIDERS: Readonly<Record<DriveKind, Provider>> = {
  onedrive: {
    kind: "onedrive",
    name: "OneDrive",
    scope: "Files.ReadWrite.AppFolder offline_access",
    deviceUrl: `${MICROSOFT}/devicecode`,
    tokenUrl: `${MICROSOFT}/token`,
    authorizeUrl: null,
    tokenVariable: "HOLDFAST_ONEDRIVE_TOKEN",
    clientVariable: "HOLDFAST_ONEDRIVE_CLIENT_ID",
    ends: "Microsoft ends what is 90 days old and was not renewed, and all after a change of the password",
  },
  gdrive: {
    kind: "gdrive",
    name: "Google Drive",
    scope: "https://www.googleapis.com/auth/drive.file",
    deviceUrl: "https://oauth2.googleapis.com/device/code",
    tokenUrl: "https://oauth2.googleapis.com/token",
    authorizeUrl: "https://accounts.google.com/o/oauth2/v2/auth",
    tokenVariable: "HOLDFAST_GDRIVE_TOKEN",
    clientVariable: "HOLDFAST_GDRIVE_CLIENT_ID",
    ends: "Google ends it after 7 days while the app is in 'Testing' (publish it), and after 6 months without use",
  },
};
