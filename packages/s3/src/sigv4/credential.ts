import type { CredentialScope } from './signing-keys.ts';

export interface Credential {
  readonly accessKeyId: string;
  readonly scope: CredentialScope;
}

/** `<access key>/YYYYMMDD/<region>/<service>/aws4_request`; a reason in words when it is anything else. */
export function parseCredential(text: string): Credential | { readonly problem: string } {
  const fields = text.split('/');
  if (fields.length < 5) {
    return {
      problem: `the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".`,
    };
  }
  const [date, region, service, terminator] = fields.slice(-4) as [string, string, string, string];
  if (!/^\d{8}$/.test(date)) {
    return {
      problem: `incorrect date format "${date}". This date in the credential must be in the format "yyyyMMdd".`,
    };
  }
  if (service !== 's3') return { problem: `incorrect service "${service}". This endpoint belongs to "s3".` };
  if (terminator !== 'aws4_request') {
    return { problem: `incorrect terminal "${terminator}". This endpoint uses "aws4_request".` };
  }
  return { accessKeyId: fields.slice(0, -4).join('/'), scope: { date, region, service } };
}
