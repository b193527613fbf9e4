import { S3Error } from '../errors/s3-error.ts';

const PLAIN = /^[A-Za-z0-9\-._~]*$/;
const PLAIN_PATH = /^[A-Za-z0-9\-._~/]*$/;

/** Decodes %XX as UTF-8; `+` stays a plus. Fails with `InvalidURI` on what is no encoding or no UTF-8. */
export function decodePercent(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new S3Error('InvalidURI', undefined, { details: { URI: text }, cause });
  }
}

/** As in forms: `+` is a space. */
export function decodeQueryPercent(text: string): string {
  return decodePercent(text.includes('+') ? text.replaceAll('+', ' ') : text);
}

/** SigV4's UriEncode: everything but letters, digits and `-._~`. */
export function encodePercent(text: string): string {
  if (PLAIN.test(text)) return text;
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The same, leaving slashes: for paths, and for keys under `encoding-type=url`. */
export function encodePathPercent(text: string): string {
  if (PLAIN_PATH.test(text)) return text;
  return encodePercent(text).replaceAll('%2F', '/');
}
