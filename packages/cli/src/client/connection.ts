/** Where to send requests and whose signature they carry. */
export interface KeyPair {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface Connection {
  /** `http://host:port`. */
  readonly endpoint: string;
  readonly region: string;
  readonly keys: KeyPair;
  readonly sessionToken?: string;
}
