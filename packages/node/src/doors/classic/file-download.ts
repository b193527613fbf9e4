import type { ServerResponse } from 'node:http';
import type { ObjectRead, ObjectStore } from '@crescendo/store';
import { BadRequestError } from './failure-status.ts';
import { FILES_BUCKET } from './file-upload.ts';

/** The object's key in a request's target: all of the path behind the first `/`, percent-decoded. */
export function keyOf(target: string): string {
  const path = target.split('?', 1)[0]!.slice(1);
  let key: string;
  try {
    key = decodeURIComponent(path);
  } catch (cause) {
    throw new BadRequestError(`The name ${JSON.stringify(path)} is not percent-encoded UTF-8.`, { cause });
  }
  if (key.includes('\0')) throw new BadRequestError('A name has no zero byte.');
  return key;
}

/** Answers with the object, or with its headers alone. */
export async function sendFile(
  store: ObjectStore,
  key: string,
  response: ServerResponse,
  withBody: boolean,
): Promise<void> {
  const read = await store.getObject(FILES_BUCKET, key);
  const { info } = read;
  response.writeHead(200, {
    'content-type': info.headers['content-type'] ?? 'application/octet-stream',
    'content-length': info.size,
    'last-modified': new Date(info.modifiedMs).toUTCString(),
    etag: `"${info.etag}"`,
    'x-content-type-options': 'nosniff',
  });
  if (!withBody || info.size === 0) response.end();
  else if (read.inline !== undefined) response.end(read.inline);
  else await sendPieces(read, response);
}

async function sendPieces(read: ObjectRead, response: ServerResponse): Promise<void> {
  for await (const piece of read.bytes(0, read.info.size)) {
    if (!(await isTaken(response, piece))) return;
  }
  response.end();
}

/** Waits until the piece has left our memory: the store may use it again. False when the client has gone. */
function isTaken(response: ServerResponse, piece: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    const gone = () => resolve(false);
    if (response.destroyed) return gone();
    response.once('close', gone);
    response.write(piece, (error) => {
      response.off('close', gone);
      resolve(error === undefined || error === null);
    });
  });
}
