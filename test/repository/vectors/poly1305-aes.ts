/** A message with nonce, keys and tag, in hexadecimal. */
export interface Poly1305AesVector {
  readonly r: string;
  readonly k: string;
  readonly nonce: string;
  readonly message: string;
  readonly tag: string;
}

/** D. J. Bernstein, "The Poly1305-AES message-authentication code", appendix B. */
export const POLY1305_AES_VECTORS: readonly Poly1305AesVector[] = [
  {
    r: "851fc40c3467ac0be05cc20404f3f700",
    k: "ec074c835580741701425b623235add6",
    nonce: "fb447350c4e868c52ac3275cf9d4327e",
    message: "f3f6",
    tag: "f4c633c3044fc145f84f335cb81953de",
  },
  {
    r: "a0f3080000f46400d0c7e9076c834403",
    k: "75deaa25c09f208e1dc4ce6b5cad3fbf",
    nonce: "61ee09218d29b0aaed7e154a2c5509cc",
    message: "",
    tag: "dd3fab2251f11ac759f0887129cc2ee7",
  },
  {
    r: "48443d0bb0d21109c89a100b5ce2c208",
    k: "6acb5f61a7176dd320c5c1eb2edcdc74",
    nonce: "ae212a55399729595dea458bc621ff0e",
    message: "663cea190ffb83d89593f3f476b6bc24d7e679107ea26adb8caf6652d0656136",
    tag: "0ee1c16bb73f0f4fd19881753c01cdbe",
  },
];
