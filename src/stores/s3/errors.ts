import { type ErrorCode, HoldfastError } from "../../base/errors.ts";
import type { HttpResponse } from "../http/exchange.ts";
import type { S3Place } from "./place.ts";
import { failureOf, type S3Failure } from "./response.ts";

/** What the words of an error need to know. */
export interface ErrorContext {
  readonly place: S3Place;
  /** What could not be done, to follow "could not". */
  readonly what: string;
  /** What the provider calls the right that it needs. */
  readonly right: string;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

type Words = (said: string, context: ErrorContext, response: HttpResponse) => readonly [string, string];

/** One row a group of codes: what ours is called, and what is said. */
const ROWS: readonly (readonly [ErrorCode, RegExp, Words])[] = [
  [
    "CONFIG",
    /^NoSuchBucket$/,
    (_, { place }) => [
      `there is no bucket ${place.bucket} at ${place.base.host}`,
      `make it at ${place.preset.console}, private; or look whether its name, region and account are right`,
    ],
  ],
  [
    "STORE_AUTH",
    /^(InvalidAccessKeyId|InvalidSecretId|InvalidToken|InvalidClientTokenId|UserDisable)$/,
    (said, { place }) => [
      `${place.preset.name} does not know the keys of the bucket ${place.bucket} any more (${said})`,
      `they may have been revoked, or belong to another provider; make new ones at ${place.preset.console}`,
    ],
  ],
  [
    "STORE_AUTH",
    /^(SignatureDoesNotMatch|InvalidSignature|AuthorizationQueryParametersError)$/,
    (said, { place }) => [
      `the secret key does not belong to the key id for the bucket ${place.bucket} (${said})`,
      "copy both of them again, from the same page; and look whether the region is right",
    ],
  ],
  [
    "STORE_AUTH",
    /^(ExpiredToken|ExpiredTokenException|TokenRefreshRequired|SecurityTokenExpired)$/,
    (said, { place }) => [
      `the keys of the bucket ${place.bucket} have expired (${said})`,
      "they were made for a limited time: make new ones, or use keys that last, or a role that renews them",
    ],
  ],
  [
    "STORE_AUTH",
    /^(RequestTimeTooSkewed|RequestExpired)$/,
    (_, { place, nowMs }, response) => [
      `the clock of this machine is wrong: ${skewOf(response, nowMs)} ${place.base.host}`,
      "set the clock; in a container, that of the machine below it",
    ],
  ],
  [
    "CONFIG",
    /^(PathStyleDomainForbidden|SecondLevelDomainForbidden)$/,
    (said, { place }) => [
      `${place.base.host} wants the name of the bucket elsewhere in its address (${said})`,
      `write ${place.url}?style=virtual, or ?style=path when it says so already`,
    ],
  ],
  [
    "CONFIG",
    /^(KeyTooLongError|KeyTooLong|InvalidBucketName|InvalidObjectName|XMinioInvalidObjectName)$/,
    (said, { what }) => [
      `could not ${what}: the name is not allowed there (${said})`,
      "use a shorter folder",
    ],
  ],
  [
    "STORE_AUTH",
    /^(AccessDenied|AllAccessDisabled|Forbidden|Unauthorized)$/,
    (said, { place, what, right }) => [
      `could not ${what}: the keys of the bucket ${place.bucket} lack the right '${right}' (${said})`,
      `give it to them at ${place.preset.console}; docs/stores/s3.md has ready policies`,
    ],
  ],
];

const WRONG_REGION =
  /^(PermanentRedirect|TemporaryRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraintException|InvalidRegion)$/;
const FULL = /quota|storage ?cap|storage ?full|insufficient ?storage|no space|not enough space/i;
/** What passes: another request was in the way, or the server is busy. */
const PASSING =
  /^(SlowDown|ServiceUnavailable|InternalError|RequestTimeout|OperationAborted|ConditionalRequestConflict|TooManyRequests|XMinioServerNotInitialized)$/;

/** An answer that is not the one hoped for, as an error. */
export function s3Error(response: HttpResponse, context: ErrorContext): HoldfastError {
  const { status } = response;
  const failure = failureOf(response);
  const said = saidIn(response, failure);
  const { what, place } = context;
  if (status === 507 || FULL.test(`${failure.code} ${failure.message}`)) {
    return new HoldfastError({
      code: "DISK_FULL",
      message: `could not ${what}: no storage is left for the bucket ${place.bucket} (${said})`,
      hint: "free some with: holdfast forget --prune; or raise the limit at the provider",
    });
  }
  if (WRONG_REGION.test(failure.code) || status === 301 || status === 307)
    return wrongRegion(failure, said, context);
  const row = ROWS.find(([, codes]) => codes.test(failure.code));
  if (row !== undefined) {
    const [message, hint] = row[2](said, context, response);
    return new HoldfastError({ code: row[0], message, hint });
  }
  if (PASSING.test(failure.code) || status === 429 || status === 408 || status === 409 || status >= 500)
    return unreachable(`could not ${what}: ${place.base.host} answered with ${said}`);
  return other(response, said, context);
}

/** What may pass. */
export function unreachable(message: string): HoldfastError {
  return new HoldfastError({
    code: "STORE_UNREACHABLE",
    message,
    hint: "try again later; when it stays so, look at the page of the provider that tells of disturbances",
  });
}

/** Everybody could read it. */
export function publicBucket({ bucket, preset }: S3Place): HoldfastError {
  return new HoldfastError({
    code: "STORE_PUBLIC",
    message: `everybody can list the bucket ${bucket}, and nothing is read from it or written to it`,
    hint: `make it private at ${preset.console}, or name another one`,
  });
}

function other({ status }: HttpResponse, said: string, { what, place, right }: ErrorContext): HoldfastError {
  if (status === 401 || status === 403) {
    return new HoldfastError({
      code: "STORE_AUTH",
      message: `could not ${what}: ${place.base.host} refuses it, and wants the right '${right}' for it (${said})`,
      hint: `look at the keys and the rights of the bucket at ${place.preset.console}`,
    });
  }
  return new HoldfastError({
    code: "FAILED",
    message: `could not ${what}: ${place.base.host} answered with ${said}`,
    hint: "look whether that is the address of an S3 server, and of the right kind; docs/stores/s3.md tells of each",
  });
}

function wrongRegion({ region }: S3Failure, said: string, { place }: ErrorContext): HoldfastError {
  const variable = place.regionVariable ?? "AWS_REGION";
  const isTold = region !== "" && region !== place.region;
  return new HoldfastError({
    code: "CONFIG",
    message: isTold
      ? `the bucket ${place.bucket} is in the region ${region}, not in ${place.region}`
      : `the bucket ${place.bucket} is not in the region ${place.region} (${said})`,
    hint: isTold
      ? `set ${variable}=${region}, or write ${place.url}?region=${region}`
      : `set ${variable} to the region that is shown at ${place.preset.console}`,
  });
}

/** How far off the clock is, to be followed by the name of the server. */
function skewOf(response: HttpResponse, nowMs: number): string {
  const theirsMs = Date.parse(response.header("date") ?? "");
  if (Number.isNaN(theirsMs)) return "it does not agree with that of";
  const minutes = Math.round(Math.abs(nowMs - theirsMs) / 60_000);
  return `it is ${minutes} minutes ${nowMs < theirsMs ? "behind" : "ahead of"} that of`;
}

function saidIn({ status }: HttpResponse, { code, message }: S3Failure): string {
  return [`status ${status}`, code, message].filter((part) => part !== "").join(": ");
}
