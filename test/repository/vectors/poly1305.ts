/** A message, a one-time key `r || s` and the tag, in hexadecimal. */
export interface Poly1305Vector {
  readonly what: string;
  readonly key: string;
  readonly message: string;
  readonly tag: string;
}

const hexOf = (text: string): string => Buffer.from(text).toString("hex");
const times = (byte: string, count: number): string => byte.repeat(count);
/** A number of 16 bytes, little-endian. */
const small = (byte: string): string => byte + times("00", 15);

const IETF = hexOf(
  "Any submission to the IETF intended by the Contributor for publication as all or part of an IETF " +
    "Internet-Draft or RFC and any statement made within the context of an IETF activity is considered an " +
    '"IETF Contribution". Such statements include oral statements in IETF sessions, as well as written and ' +
    "electronic communications made at any time or place, which are addressed to",
);
const JABBERWOCKY = hexOf(
  "'Twas brillig, and the slithy toves\nDid gyre and gimble in the wabe:\n" +
    "All mimsy were the borogoves,\nAnd the mome raths outgrabe.",
);
const R_OF_10 = "01000000000000000400000000000000";
const START_OF_10 = `e33594d7505e43b9${times("00", 8)}3394d7505e4379cd01${times("00", 7)}${times("00", 16)}`;

/** RFC 8439, appendix A.3: overflows of every kind. */
export const POLY1305_VECTORS: readonly Poly1305Vector[] = [
  { what: "1, all zero", key: times("00", 32), message: times("00", 64), tag: times("00", 16) },
  {
    what: "2, r is zero",
    key: `${times("00", 16)}36e5f6b5c5e06070f0efca96227a863e`,
    message: IETF,
    tag: "36e5f6b5c5e06070f0efca96227a863e",
  },
  {
    what: "3, s is zero",
    key: `36e5f6b5c5e06070f0efca96227a863e${times("00", 16)}`,
    message: IETF,
    tag: "f3477e7cd95417af89a6b8794c310cf0",
  },
  {
    what: "4, a poem",
    key: "1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0",
    message: JABBERWOCKY,
    tag: "4541669a7eaaee61e708dc7cbcc5eb62",
  },
  {
    what: "5, the largest block",
    key: small("02") + times("00", 16),
    message: times("ff", 16),
    tag: small("03"),
  },
  {
    what: "6, an addition that overflows",
    key: small("02") + times("ff", 16),
    message: small("02"),
    tag: small("03"),
  },
  {
    what: "7, a product that overflows",
    key: small("01") + times("00", 16),
    message: `${times("ff", 16)}f0${times("ff", 15)}11${times("00", 15)}`,
    tag: small("05"),
  },
  {
    what: "8, a sum that is the prime",
    key: small("01") + times("00", 16),
    message: `${times("ff", 16)}fb${times("fe", 15)}${times("01", 16)}`,
    tag: times("00", 16),
  },
  {
    what: "9, a sum next to the prime",
    key: small("02") + times("00", 16),
    message: `fd${times("ff", 15)}`,
    tag: `fa${times("ff", 15)}`,
  },
  {
    what: "10, limbs that carry",
    key: R_OF_10 + times("00", 16),
    message: START_OF_10 + small("01"),
    tag: "14000000000000005500000000000000",
  },
  {
    what: "11, the same, cut short",
    key: R_OF_10 + times("00", 16),
    message: START_OF_10,
    tag: small("13"),
  },
];
