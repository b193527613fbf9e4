import type { S3ErrorCode } from '../errors/error-table.ts';

/** What a read of something never set is answered with. */
export type SubresourceAnswer =
  | { readonly kind: 'document'; readonly document: 'acl' | 'tagging' | 'ownership' | 'requestPayment' }
  /** An empty root element. */
  | { readonly kind: 'empty'; readonly root: string }
  | { readonly kind: 'error'; readonly code: S3ErrorCode; readonly message?: string }
  /** Taking away what is not there: done. */
  | { readonly kind: 'noContent' };

/** What one method does on one sub-resource. Without an answer it is not implemented. */
export interface SubresourceOperation {
  readonly name: string;
  readonly answer?: SubresourceAnswer;
}

type Method = 'GET' | 'PUT' | 'DELETE' | 'POST';
type Table = Readonly<Record<string, Readonly<Partial<Record<Method, SubresourceOperation>>>>>;

const NOTHING: SubresourceAnswer = { kind: 'noContent' };
const refused = (name: string): SubresourceOperation => ({ name });
const missing = (name: string, code: S3ErrorCode): SubresourceOperation => ({
  name,
  answer: { kind: 'error', code },
});
const empty = (name: string, root: string): SubresourceOperation => ({
  name,
  answer: { kind: 'empty', root },
});
const gone = (name: string): SubresourceOperation => ({ name, answer: NOTHING });

const NO_OBJECT_LOCK: SubresourceAnswer = {
  kind: 'error',
  code: 'InvalidRequest',
  message: 'Bucket is missing Object Lock Configuration',
};

/** Query parameters of requests to a bucket that stand for a configuration of it. */
export const BUCKET_SUBRESOURCES: Table = {
  accelerate: {
    GET: empty('GetBucketAccelerateConfiguration', 'AccelerateConfiguration'),
    PUT: refused('PutBucketAccelerateConfiguration'),
  },
  acl: {
    GET: { name: 'GetBucketAcl', answer: { kind: 'document', document: 'acl' } },
    PUT: refused('PutBucketAcl'),
  },
  abac: { GET: refused('GetBucketAbac'), PUT: refused('PutBucketAbac') },
  analytics: {
    GET: empty('ListBucketAnalyticsConfigurations', 'ListBucketAnalyticsConfigurationResult'),
    PUT: refused('PutBucketAnalyticsConfiguration'),
    DELETE: missing('DeleteBucketAnalyticsConfiguration', 'NoSuchConfiguration'),
  },
  cors: {
    GET: missing('GetBucketCors', 'NoSuchCORSConfiguration'),
    PUT: refused('PutBucketCors'),
    DELETE: gone('DeleteBucketCors'),
  },
  encryption: {
    GET: missing('GetBucketEncryption', 'ServerSideEncryptionConfigurationNotFoundError'),
    PUT: refused('PutBucketEncryption'),
    DELETE: gone('DeleteBucketEncryption'),
  },
  'intelligent-tiering': {
    GET: empty(
      'ListBucketIntelligentTieringConfigurations',
      'ListBucketIntelligentTieringConfigurationsResult',
    ),
    PUT: refused('PutBucketIntelligentTieringConfiguration'),
    DELETE: missing('DeleteBucketIntelligentTieringConfiguration', 'NoSuchConfiguration'),
  },
  inventory: {
    GET: empty('ListBucketInventoryConfigurations', 'ListInventoryConfigurationsResult'),
    PUT: refused('PutBucketInventoryConfiguration'),
    DELETE: missing('DeleteBucketInventoryConfiguration', 'NoSuchConfiguration'),
  },
  lifecycle: {
    GET: missing('GetBucketLifecycleConfiguration', 'NoSuchLifecycleConfiguration'),
    PUT: refused('PutBucketLifecycleConfiguration'),
    DELETE: gone('DeleteBucketLifecycle'),
  },
  logging: { GET: empty('GetBucketLogging', 'BucketLoggingStatus'), PUT: refused('PutBucketLogging') },
  metadataConfiguration: {
    GET: refused('GetBucketMetadataConfiguration'),
    POST: refused('CreateBucketMetadataConfiguration'),
    DELETE: refused('DeleteBucketMetadataConfiguration'),
  },
  metadataTable: {
    GET: refused('GetBucketMetadataTableConfiguration'),
    POST: refused('CreateBucketMetadataTableConfiguration'),
    DELETE: refused('DeleteBucketMetadataTableConfiguration'),
  },
  metrics: {
    GET: empty('ListBucketMetricsConfigurations', 'ListMetricsConfigurationsResult'),
    PUT: refused('PutBucketMetricsConfiguration'),
    DELETE: missing('DeleteBucketMetricsConfiguration', 'NoSuchConfiguration'),
  },
  'object-lock': {
    GET: missing('GetObjectLockConfiguration', 'ObjectLockConfigurationNotFoundError'),
    PUT: refused('PutObjectLockConfiguration'),
  },
  ownershipControls: {
    GET: { name: 'GetBucketOwnershipControls', answer: { kind: 'document', document: 'ownership' } },
    PUT: refused('PutBucketOwnershipControls'),
    DELETE: refused('DeleteBucketOwnershipControls'),
  },
  policy: {
    GET: missing('GetBucketPolicy', 'NoSuchBucketPolicy'),
    PUT: refused('PutBucketPolicy'),
    DELETE: gone('DeleteBucketPolicy'),
  },
  policyStatus: { GET: missing('GetBucketPolicyStatus', 'NoSuchBucketPolicy') },
  publicAccessBlock: {
    GET: missing('GetPublicAccessBlock', 'NoSuchPublicAccessBlockConfiguration'),
    PUT: refused('PutPublicAccessBlock'),
    DELETE: gone('DeletePublicAccessBlock'),
  },
  replication: {
    GET: missing('GetBucketReplication', 'ReplicationConfigurationNotFoundError'),
    PUT: refused('PutBucketReplication'),
    DELETE: gone('DeleteBucketReplication'),
  },
  requestPayment: {
    GET: { name: 'GetBucketRequestPayment', answer: { kind: 'document', document: 'requestPayment' } },
    PUT: refused('PutBucketRequestPayment'),
  },
  session: { GET: refused('CreateSession') },
  tagging: {
    GET: missing('GetBucketTagging', 'NoSuchTagSet'),
    PUT: refused('PutBucketTagging'),
    DELETE: gone('DeleteBucketTagging'),
  },
  versioning: {
    GET: empty('GetBucketVersioning', 'VersioningConfiguration'),
    PUT: refused('PutBucketVersioning'),
  },
  website: {
    GET: missing('GetBucketWebsite', 'NoSuchWebsiteConfiguration'),
    PUT: refused('PutBucketWebsite'),
    DELETE: gone('DeleteBucketWebsite'),
  },
};

/** The same for objects. */
export const OBJECT_SUBRESOURCES: Table = {
  acl: {
    GET: { name: 'GetObjectAcl', answer: { kind: 'document', document: 'acl' } },
    PUT: refused('PutObjectAcl'),
  },
  encryption: { PUT: refused('UpdateObjectEncryption') },
  'legal-hold': {
    GET: { name: 'GetObjectLegalHold', answer: NO_OBJECT_LOCK },
    PUT: refused('PutObjectLegalHold'),
  },
  renameObject: { PUT: refused('RenameObject') },
  restore: { POST: refused('RestoreObject') },
  retention: {
    GET: { name: 'GetObjectRetention', answer: NO_OBJECT_LOCK },
    PUT: refused('PutObjectRetention'),
  },
  select: { POST: refused('SelectObjectContent') },
  tagging: {
    GET: { name: 'GetObjectTagging', answer: { kind: 'document', document: 'tagging' } },
    PUT: refused('PutObjectTagging'),
    DELETE: gone('DeleteObjectTagging'),
  },
  torrent: { GET: refused('GetObjectTorrent') },
};

/** Every operation of a table, by name. */
export function subresourceOperations(table: Table): SubresourceOperation[] {
  return Object.values(table).flatMap((methods) => Object.values(methods));
}
