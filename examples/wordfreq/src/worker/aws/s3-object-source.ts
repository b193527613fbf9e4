/** Objects on S3, as a stream: what is in memory does not grow with the file. */
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Job } from '../job-message.ts';
import type { ObjectSource } from '../ports.ts';

export class S3ObjectSource implements ObjectSource {
  readonly #client: S3Client;

  constructor(client: S3Client) {
    this.#client = client;
  }

  /** The version that the event tells of where the bucket has versions, else what is there now. */
  async read({ bucket, key, versionId }: Job, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const { Body } = await this.#client.send(
      new GetObjectCommand({
        Bucket: bucket,
        Key: key,
        ...(versionId === undefined ? {} : { VersionId: versionId }),
      }),
      { abortSignal: signal },
    );
    return untilAborted(Body as AsyncIterable<Uint8Array>, signal);
  }
}

async function* untilAborted(
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    signal.throwIfAborted();
    yield chunk;
  }
}
