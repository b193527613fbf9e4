/** What signing needs of cryptography; node gives it, so that this package stays free of run-times. */
export interface SigningHash {
  /** Lower-case hexadecimal; strings are hashed as UTF-8. */
  sha256Hex(data: string | Uint8Array): string;
  hmacSha256(key: Uint8Array, text: string): Uint8Array;
  /** For links of signature version 2. */
  hmacSha1Base64(secret: string, text: string): string;
  /**
   * Makes a key ready to sign many texts; signatures are lower-case hexadecimal. Apart from `hmacSha256` since preparing a key
   * costs several times what signing does.
   */
  hmacKey(key: Uint8Array): (text: string) => string;
}

/** SHA-256 of nothing, in hexadecimal. */
export const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
