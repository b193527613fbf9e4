import { element, xmlDocument } from '../xml/xml-writer.ts';
import type { S3Error } from './s3-error.ts';

/** The body of an error answer. `resource` is the decoded path that was asked for. */
export function errorDocument(error: S3Error, resource: string, requestId: string): string {
  const details = Object.entries(error.details)
    .map(([name, value]) => element(name, value))
    .join('');
  return xmlDocument(
    `<Error>${element('Code', error.code)}${element('Message', error.message)}${details}${element('Resource', resource)}${element('RequestId', requestId)}${element('HostId', requestId)}</Error>`,
  );
}
