import { fromUtf8, utf8 } from '@crescendo/base';
import { parseBase64, toBase64 } from '../checksums/base64.ts';
import { invalidArgument } from '../errors/s3-error.ts';

const VERSION = 1;

/**
 * A token says where a listing goes on. It is opaque to clients, and bound to its listing: the check in it covers the bucket and
 * the prefix, so a token of another listing is refused rather than skipping keys in silence. It is no secret and protects nothing.
 */
export function encodeToken(listing: string, after: string): string {
  const bytes = utf8(after);
  const token = new Uint8Array(5 + bytes.length);
  token[0] = VERSION;
  new DataView(token.buffer).setUint32(1, check(listing, after));
  token.set(bytes, 5);
  return toBase64(token).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** Where the listing goes on; `InvalidArgument` for everything that `encodeToken` did not give for this listing. */
export function parseToken(listing: string, token: string): string {
  const text = token.replaceAll('-', '+').replaceAll('_', '/');
  const bytes =
    token.length > 8_192 ? undefined : parseBase64(text.padEnd(Math.ceil(text.length / 4) * 4, '='));
  const after =
    bytes === undefined || bytes.length < 5 || bytes[0] !== VERSION ? undefined : decode(bytes.subarray(5));
  if (bytes !== undefined && after !== undefined) {
    const expected = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
    if (expected === check(listing, after)) return after;
  }
  throw invalidArgument(
    'The continuation token provided is incorrect',
    'continuation-token',
    token.slice(0, 200),
  );
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return fromUtf8(bytes);
  } catch {
    return undefined;
  }
}

/** FNV-1a over both texts. */
function check(listing: string, after: string): number {
  let hash = 0x811c9dc5;
  for (const byte of utf8(`${listing}\n${after}`)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
