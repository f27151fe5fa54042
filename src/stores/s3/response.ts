import { type HttpResponse, shortened, textOf } from "../http/exchange.ts";
import { textIn, type XmlElement, xmlElement } from "../http/xml.ts";

/** What a server says is wrong. */
export interface S3Failure {
  /** For example `NoSuchKey`; '' when it gives none. */
  readonly code: string;
  /** In its words; '' when it says nothing. */
  readonly message: string;
  /** The region that the bucket is in; '' when it does not say. */
  readonly region: string;
}

/** An error document may be this long. */
const MAX_BYTES = 64 * 1024;

/** Reads the document of an error. */
export function failureOf(response: HttpResponse): S3Failure {
  const element: XmlElement =
    response.bytes.length > MAX_BYTES ? {} : (xmlElement(textOf(response), "Error") ?? {});
  return {
    code: shortened(textIn(element, "Code")),
    message: shortened(textIn(element, "Message")),
    region: shortened(response.header("x-amz-bucket-region") ?? textIn(element, "Region")),
  };
}
