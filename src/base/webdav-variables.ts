/** The variables that hold what opens a WebDAV server; they have no flags, which others would see. */
export const WEBDAV_VARIABLES = {
  user: "HOLDFAST_WEBDAV_USER",
  password: "HOLDFAST_WEBDAV_PASSWORD",
  /** Sent as a bearer token, instead of user and password. */
  token: "HOLDFAST_WEBDAV_TOKEN",
  /** `1`: may be sent in the clear, over `webdav://`, to another machine. */
  allowsHttp: "HOLDFAST_WEBDAV_ALLOW_HTTP",
} as const;
