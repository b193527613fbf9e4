/** AWS's clients as the worker wants them. Everything else (endpoint, credentials, region) they take from the environment as always. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';

/** What silence of a connection means that it is dead. Longer than a long poll. */
const PATIENCE_MS = 30_000;
const CONNECT_MS = 5_000;

export interface Clients {
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly dynamo: DynamoDBClient;
  close(): void;
}

export function openClients(region: string): Clients {
  const common = {
    region,
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      socketTimeout: PATIENCE_MS,
      throwOnRequestTimeout: true,
    },
  };
  const s3 = new S3Client({ ...common, forcePathStyle: hasOwnEndpoint() });
  const sqs = new SQSClient(common);
  const dynamo = new DynamoDBClient(common);
  return {
    s3,
    sqs,
    dynamo,
    close: () => {
      for (const client of [s3, sqs, dynamo]) client.destroy();
    },
  };
}

/** An endpoint that is named by an address cannot have the bucket as a part of its name. */
function hasOwnEndpoint(): boolean {
  return (process.env['AWS_ENDPOINT_URL_S3'] ?? process.env['AWS_ENDPOINT_URL'] ?? '') !== '';
}
