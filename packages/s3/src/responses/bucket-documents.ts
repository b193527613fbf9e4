import { OWNER_ID, OWNER_NAME } from '../request/refused-headers.ts';
import type { SubresourceAnswer } from '../request/subresources.ts';
import { isoDate } from '../sigv4/timestamp.ts';
import { element, maybeElement, parent, s3Document } from '../xml/xml-writer.ts';
import { OWNER } from './listing-documents.ts';
import type { BucketView } from './views.ts';

export function listBucketsDocument(
  buckets: readonly BucketView[],
  options: { readonly prefix: string; readonly region: string; readonly continuationToken?: string },
): string {
  const items = buckets
    .map((bucket) =>
      parent(
        'Bucket',
        element('Name', bucket.name) +
          element('CreationDate', isoDate(bucket.createdMs)) +
          element('BucketRegion', options.region),
      ),
    )
    .join('');
  return s3Document(
    'ListAllMyBucketsResult',
    OWNER +
      parent('Buckets', items) +
      maybeElement('ContinuationToken', options.continuationToken) +
      maybeElement('Prefix', options.prefix === '' ? undefined : options.prefix),
  );
}

/** The first of AWS's regions has no name here. */
export function bucketLocationDocument(region: string): string {
  return s3Document('LocationConstraint', region === 'us-east-1' ? '' : region);
}

/** The documents for what is the same in every bucket. */
export function subresourceDocument(
  answer: Extract<SubresourceAnswer, { kind: 'document' | 'empty' }>,
): string {
  if (answer.kind === 'empty')
    return s3Document(answer.root, answer.root.startsWith('List') ? element('IsTruncated', false) : '');
  switch (answer.document) {
    case 'acl':
      return s3Document('AccessControlPolicy', OWNER + parent('AccessControlList', FULL_CONTROL));
    case 'tagging':
      return s3Document('Tagging', '<TagSet></TagSet>');
    case 'ownership':
      return s3Document(
        'OwnershipControls',
        parent('Rule', element('ObjectOwnership', 'BucketOwnerEnforced')),
      );
    case 'requestPayment':
      return s3Document('RequestPaymentConfiguration', element('Payer', 'BucketOwner'));
  }
}

const FULL_CONTROL = parent(
  'Grant',
  `<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">${element('ID', OWNER_ID)}${element('DisplayName', OWNER_NAME)}</Grantee>${element('Permission', 'FULL_CONTROL')}`,
);
