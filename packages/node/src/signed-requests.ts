/** What other doors of this project need to read signed requests, without the rest of the daemon. */
export { readHeaders } from './doors/s3/raw-headers.ts';
export { signingHash } from './hashing/signing-hash.ts';
