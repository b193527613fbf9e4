/** AWS's clients for people's commands and the demonstration. Without a connection they take what the environment says. */
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';

/** Of a cloud that the environment does not name. */
export interface Connection {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export interface Session {
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly dynamo: DynamoDBClient;
  readonly scaling: AutoScalingClient;
  readonly stacks: CloudFormationClient;
  readonly parameters: SSMClient;
  close(): void;
}

const ATTEMPTS = 6;

export function openSession(connection?: Connection): Session {
  const common = { ...connection, maxAttempts: ATTEMPTS };
  const ownEndpoint = connection?.endpoint ?? process.env['AWS_ENDPOINT_URL'] ?? '';
  const clients = {
    s3: new S3Client({ ...common, forcePathStyle: ownEndpoint !== '' }),
    sqs: new SQSClient(common),
    dynamo: new DynamoDBClient(common),
    scaling: new AutoScalingClient(common),
    stacks: new CloudFormationClient(common),
    parameters: new SSMClient(common),
  };
  return {
    ...clients,
    close: () => {
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}
