import { type HttpResponse, jsonOf } from "../http/exchange.ts";
import type { DriveClient } from "../oauth/drive-client.ts";
import type { CallOptions } from "../store.ts";
import { driveError, mayPass } from "./errors.ts";

/** A file or a folder, as Google Drive lists it. */
export interface DriveFile {
  readonly id: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly isFolder: boolean;
  /** RFC 3339, in UTC: compares as text. */
  readonly created: string;
  readonly parents: readonly string[];
  /** Of the content, in hexadecimal; `null` when it does not say. */
  readonly sha256: string | null;
  /** Others than its owner may look into it. */
  readonly isShared: boolean;
}

/** What a folder calls itself. */
export const FOLDER_TYPE = "application/vnd.google-apps.folder";
/** The fields that a {@link DriveFile} is made of. */
export const FILE_FIELDS = "id,name,size,mimeType,createdTime,parents,sha256Checksum,shared";

const API = "https://www.googleapis.com/drive/v3/files";
const PAGE = 1000;
const MAX_PAGES = 10_000;
const IDS_AT_ONCE = 50;

/** The address of a file, or of all of them. */
export function filesUrl(
  id: string | null,
  parameters: Readonly<Record<string, string>>,
  isUpload = false,
): URL {
  const url = new URL(id === null ? API : `${API}/${encodeURIComponent(id)}`);
  if (isUpload) url.pathname = `/upload${url.pathname}`;
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url;
}

/**
 * All that fits a query, page by page.
 *
 * @throws {HoldfastError} `STORE_UNREACHABLE`, `STORE_AUTH`, `CANCELLED`
 */
export async function* query(
  client: DriveClient,
  q: string,
  options: CallOptions,
): AsyncGenerator<readonly DriveFile[]> {
  const what = "list the files in Google Drive";
  let pageToken: string | null = null;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const url = filesUrl(null, {
      q,
      fields: `nextPageToken,files(${FILE_FIELDS})`,
      pageSize: String(PAGE),
      spaces: "drive",
      ...(pageToken === null ? {} : { pageToken }),
    });
    const response: HttpResponse = await client.send({ method: "GET", url, signal: options.signal, what });
    if (response.status !== 200) throw driveError(response, what, false);
    const body = jsonOf(response) as { files?: unknown; nextPageToken?: unknown } | null;
    if (!Array.isArray(body?.files))
      throw mayPass(`could not ${what}: the answer is not one of Google Drive`);
    yield body.files.map(fileOf).filter((file) => file !== null);
    if (typeof body.nextPageToken !== "string") return;
    pageToken = body.nextPageToken;
  }
  throw mayPass(`could not ${what}: the list of Google Drive does not end`);
}

/**
 * A file by its id; `null` when there is none.
 *
 * @throws {HoldfastError} `STORE_UNREACHABLE`, `STORE_AUTH`, `CANCELLED`
 */
export async function readInfo(
  client: DriveClient,
  id: string,
  options: CallOptions,
  what: string,
): Promise<DriveFile | null> {
  const url = filesUrl(id, { fields: FILE_FIELDS });
  const response = await client.send({ method: "GET", url, signal: options.signal, what });
  if (response.status === 404) return null;
  const file = response.status === 200 ? fileOf(jsonOf(response)) : null;
  if (file === null) throw driveError(response, what, false);
  return file;
}

/**
 * Ids for new files: what is made with one of them is made once, however often it is asked for.
 *
 * @throws {HoldfastError} `STORE_UNREACHABLE`, `STORE_AUTH`, `CANCELLED`
 */
export async function generateIds(client: DriveClient, options: CallOptions): Promise<string[]> {
  const what = "begin a file in Google Drive";
  const url = filesUrl("generateIds", { count: String(IDS_AT_ONCE), space: "drive", type: "files" });
  const response = await client.send({ method: "GET", url, signal: options.signal, what });
  const ids = (jsonOf(response) as { ids?: unknown } | null)?.ids;
  if (response.status !== 200 || !Array.isArray(ids)) throw driveError(response, what, true);
  return ids.filter((id) => typeof id === "string");
}

/** A file in an answer; `null` when it is none. */
export function fileOf(value: unknown): DriveFile | null {
  const fields = (value ?? {}) as Record<string, unknown>;
  const { id, name, size, mimeType, createdTime, parents, sha256Checksum } = fields;
  if (typeof id !== "string" || typeof name !== "string" || typeof createdTime !== "string") return null;
  return {
    id,
    name,
    sizeBytes: Number(size ?? 0),
    isFolder: mimeType === FOLDER_TYPE,
    created: createdTime,
    parents: Array.isArray(parents) ? parents.filter((parent) => typeof parent === "string") : [],
    isShared: fields["shared"] === true,
    sha256: typeof sha256Checksum === "string" ? sha256Checksum : null,
  };
}

/** A text inside a query. */
export function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

/** The oldest first: of several with one name, it is the one that counts, for everybody. */
export function byAge(one: DriveFile, other: DriveFile): number {
  if (one.created !== other.created) return one.created < other.created ? -1 : 1;
  return one.id < other.id ? -1 : 1;
}
