import type { CredentialScope } from '@crescendo/s3';

/** What an Authorization header of signature version 4 says, before anything of it has been checked. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly scope: CredentialScope;
  /** Lower case, as sent. */
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

const SCHEME = 'AWS4-HMAC-SHA256';

/** undefined when the header is missing, of another scheme, or not whole. */
export function parseAuthorization(header: string | undefined): Credentials | undefined {
  if (header === undefined || !header.startsWith(`${SCHEME} `)) return undefined;
  const fields = new Map(
    header
      .slice(SCHEME.length + 1)
      .split(',')
      .map((part) => {
        const equals = part.indexOf('=');
        return [part.slice(0, Math.max(0, equals)).trim(), part.slice(equals + 1).trim()] as const;
      }),
  );
  const credential = (fields.get('Credential') ?? '').split('/');
  const [date, region, service, terminator] = credential.slice(-4);
  const signedHeaders = fields.get('SignedHeaders')?.split(';') ?? [];
  const signature = fields.get('Signature') ?? '';
  if (credential.length < 5 || terminator !== 'aws4_request' || !/^\d{8}$/.test(date ?? '')) return undefined;
  if (signature === '' || signedHeaders.length === 0) return undefined;
  return {
    accessKeyId: credential.slice(0, -4).join('/'),
    scope: { date: date!, region: region!, service: service! },
    signedHeaders,
    signature,
  };
}
