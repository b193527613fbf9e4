import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type BodySource, type ObjectStore, StoreFailure } from '@crescendo/store';
import { takeFiles } from './upload-form.ts';

/** The bucket that the classic door shows. */
export const FILES_BUCKET = 'files';

/** Stores every file of the form under its base name, in place of what was there. */
export async function receiveFiles(request: IncomingMessage, store: ObjectStore): Promise<void> {
  await takeFiles(request, async (name, bytes) => {
    await store.putObject({
      bucket: FILES_BUCKET,
      key: name,
      headers: { 'content-type': 'application/octet-stream' },
      userMetadata: {},
      conditions: {},
      body: hashedBody(bytes),
    });
  });
}

/** Makes the bucket unless it is there. */
export async function ensureBucket(store: ObjectStore): Promise<void> {
  try {
    await store.headBucket(FILES_BUCKET);
  } catch (thrown) {
    if (!(thrown instanceof StoreFailure) || thrown.code !== 'NoSuchBucket') throw thrown;
    await store.createBucket(FILES_BUCKET);
  }
}

/** A body whose ETag is computed while it passes. */
function hashedBody(bytes: AsyncIterable<Uint8Array>): BodySource {
  const md5 = createHash('md5');
  return {
    bytes: (async function* hashed() {
      for await (const piece of bytes) {
        md5.update(piece);
        yield piece;
      }
    })(),
    finish: async () => ({ etag: md5.digest('hex') }),
  };
}
