import { createReadStream, createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { whyAbsent } from './run-client.ts';
import type { StoreUnderTest } from './store-under-test.ts';

export const LARGE_BUCKET = 'large';

/** One client as it moves a large file both ways, with the settings that it has by itself. */
export interface LargeClient {
  readonly name: string;
  /** False when it can be used here. */
  readonly absent: string | false;
  /** Stores `large` of the test's folder under the client's name. */
  push(store: StoreUnderTest): Promise<void>;
  /** Fetches it into the file `returned`. */
  pull(store: StoreUnderTest): Promise<void>;
}

const LIMIT = { limitMs: 1_200_000 };

const awsCli: LargeClient = {
  name: 'aws',
  absent: whyAbsent('aws', ['--version']),
  push: async (store) => {
    await store.succeed(
      'aws',
      ['s3', 'cp', 'large', `s3://${LARGE_BUCKET}/aws`, '--only-show-errors'],
      LIMIT,
    );
  },
  pull: async (store) => {
    const words = ['s3', 'cp', `s3://${LARGE_BUCKET}/aws`, 'returned', '--only-show-errors'];
    await store.succeed('aws', words, LIMIT);
  },
};

const RCLONE_REMOTE = `:s3,provider=Other,env_auth:${LARGE_BUCKET}/rclone`;

const rclone: LargeClient = {
  name: 'rclone',
  absent: whyAbsent('rclone', ['version']),
  push: (store) => runRclone(store, 'large', RCLONE_REMOTE),
  pull: (store) => runRclone(store, RCLONE_REMOTE, 'returned'),
};

async function runRclone(store: StoreUnderTest, from: string, to: string): Promise<void> {
  const environment = { RCLONE_S3_ENDPOINT: store.endpoint, RCLONE_S3_REGION: 'us-east-1' };
  await store.succeed('rclone', ['copyto', from, to], { ...LIMIT, environment });
}

const s3cmd: LargeClient = {
  name: 's3cmd',
  absent: whyAbsent('s3cmd', ['--version']),
  push: (store) => runS3cmd(store, 'put', 'large', `s3://${LARGE_BUCKET}/s3cmd`),
  pull: (store) => runS3cmd(store, 'get', `s3://${LARGE_BUCKET}/s3cmd`, 'returned'),
};

async function runS3cmd(store: StoreUnderTest, ...words: string[]): Promise<void> {
  await writeFile(store.path('empty-settings'), '');
  const { host } = new URL(store.endpoint);
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = store.environment;
  const keys = [`--access_key=${AWS_ACCESS_KEY_ID}`, `--secret_key=${AWS_SECRET_ACCESS_KEY}`];
  const where = ['-c', 'empty-settings', '--no-ssl', `--host=${host}`, `--host-bucket=${host}`];
  await store.succeed('s3cmd', [...where, ...keys, '--no-progress', ...words], LIMIT);
}

const boto3: LargeClient = {
  name: 'boto3',
  absent: whyAbsent('python3', ['-c', 'import boto3']),
  push: (store) => runBoto3(store, `upload_file('large', '${LARGE_BUCKET}', 'boto3')`),
  pull: (store) => runBoto3(store, `download_file('${LARGE_BUCKET}', 'boto3', 'returned')`),
};

async function runBoto3(store: StoreUnderTest, statement: string): Promise<void> {
  await store.succeed('python3', ['-c', `import boto3; boto3.client('s3').${statement}`], LIMIT);
}

const sdk: LargeClient = {
  name: 'sdk-v3',
  absent: false,
  push: (store) =>
    withSdk(store, async (client) => {
      const Body = createReadStream(store.path('large'), { highWaterMark: 1024 * 1024 });
      await new Upload({ client, params: { Bucket: LARGE_BUCKET, Key: 'sdk-v3', Body } }).done();
    }),
  pull: (store) =>
    withSdk(store, async (client) => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: LARGE_BUCKET, Key: 'sdk-v3' }));
      if (!(Body instanceof Readable)) throw new Error('the SDK gave no stream');
      await pipeline(Body, createWriteStream(store.path('returned')));
    }),
};

async function withSdk(store: StoreUnderTest, work: (client: S3Client) => Promise<void>): Promise<void> {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = store.environment;
  const client = new S3Client({
    endpoint: store.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: AWS_ACCESS_KEY_ID!, secretAccessKey: AWS_SECRET_ACCESS_KEY! },
  });
  try {
    await work(client);
  } finally {
    client.destroy();
  }
}

/** A single PUT and a single GET by a link, without parts: the longest body that one request may bring. */
const curl: LargeClient = {
  name: 'curl (one request)',
  absent: whyAbsent('curl', ['--version']) || whyAbsent('python3', ['-c', 'import boto3']),
  push: async (store) => {
    const link = await presignedLink(store, 'put_object');
    await store.succeed('curl', ['--silent', '--fail', '--upload-file', 'large', link], LIMIT);
  },
  pull: async (store) => {
    const link = await presignedLink(store, 'get_object');
    await store.succeed('curl', ['--silent', '--fail', '--output', 'returned', link], LIMIT);
  },
};

async function presignedLink(store: StoreUnderTest, operation: string): Promise<string> {
  const script = `
import boto3
from botocore.config import Config
client = boto3.client('s3', config=Config(signature_version='s3v4'))
print(client.generate_presigned_url('${operation}', Params={'Bucket': '${LARGE_BUCKET}', 'Key': 'curl'}))`;
  return (await store.succeed('python3', ['-c', script])).trim();
}

export const LARGE_CLIENTS: readonly LargeClient[] = [awsCli, rclone, s3cmd, boto3, sdk, curl];
