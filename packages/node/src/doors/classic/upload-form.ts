/**
 * Takes the files out of a multipart form while it arrives. The library (`@fastify/busboy`) finds the parts; this file turns its streams
 * into pieces that end in an error whenever the form did not arrive whole.
 *
 * (U1) Files are handed on one after the other, in the order of the form; a slow taker slows the sender down.
 * (U2) Iterating a file's bytes ends without an error only when its closing boundary has come.
 * (U3) After the first failure no further file is taken, and every file that is being taken ends in that failure.
 */
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { baseName } from './classic-id.ts';
import { BadRequestError } from './failure-status.ts';

const LIMITS = { fields: 100, parts: 1_000, fieldSize: 64 * 1024, headerPairs: 50, headerSize: 16 * 1024 };
const FIELD = 'files';

export type TakeFile = (name: string, bytes: AsyncIterable<Uint8Array>) => Promise<void>;

/** Calls `take` for each file of the field `files`. Fails with what `take` failed with, or with `BadRequestError`. */
export async function takeFiles(request: IncomingMessage, take: TakeFile): Promise<void> {
  const parser = openParser(request);
  const open = new Set<Readable>();
  let count = 0;
  let taken = Promise.resolve();
  try {
    await new Promise<void>((resolve, reject) => {
      parser.on('file', (field, stream, filename) => {
        stream.on('error', (error) => stream.destroy(error));
        const name = baseName(filename ?? '');
        if (field !== FIELD || name === '') return stream.resume();
        open.add(stream);
        stream.on('close', () => open.delete(stream));
        count++;
        taken = taken.then(() => takeOne(name, stream, take));
        taken.catch(reject);
      });
      parser.on('finish', resolve);
      rejectWhenBroken(request, parser, reject);
      request.pipe(parser);
    });
    await taken;
  } catch (thrown) {
    request.unpipe(parser);
    for (const stream of open) stream.destroy(thrown as Error);
    await taken.catch(() => {});
    throw thrown;
  }
  if (count === 0) throw new BadRequestError(`The form has no file in the field "${FIELD}".`);
}

async function takeOne(name: string, stream: Readable, take: TakeFile): Promise<void> {
  if (name === '.' || name === '..' || name.includes('\0')) {
    throw new BadRequestError(`A file can't be called ${JSON.stringify(name)}.`);
  }
  await take(name, stream);
}

/** A form that ends early, breaks the format, or has more parts than are looked at, has not been understood. */
function rejectWhenBroken(
  request: IncomingMessage,
  parser: BusboyInstance,
  reject: (error: Error) => void,
): void {
  const broken = (cause: unknown) => reject(new BadRequestError('The form did not arrive whole.', { cause }));
  parser.on('error', broken);
  // Node tells so too when the connection ends before the body does.
  request.on('error', broken);
  for (const limit of ['partsLimit', 'fieldsLimit', 'filesLimit']) {
    parser.on(limit, () => reject(new BadRequestError(`The form has more than ${LIMITS.parts} parts.`)));
  }
}

function openParser(request: IncomingMessage): BusboyInstance {
  const contentType = request.headers['content-type'] ?? '';
  if (!/^multipart\/form-data\b/i.test(contentType)) {
    throw new BadRequestError(`Files come as multipart/form-data in the field "${FIELD}".`);
  }
  try {
    return new Busboy({ headers: { ...request.headers, 'content-type': contentType }, limits: LIMITS });
  } catch (cause) {
    throw new BadRequestError('The form names no boundary.', { cause });
  }
}
