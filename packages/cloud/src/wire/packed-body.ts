/** Bodies that a client packed: the SDK's clients do so with large calls of CloudWatch. */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { messageOf } from '@crescendo/base';
import { WireError } from './wire-error.ts';

const unzip = promisify(gunzip);

/**
 * The body as its sender meant it. Fails with a `WireError` when `encoding` (the header `Content-Encoding`) is not known, when the body is
 * not of that encoding, or when more than `limitBytes` come out of it: no more than that is unpacked.
 */
export async function unpackBody(
  encoding: string | undefined,
  body: Buffer,
  limitBytes: number,
): Promise<Buffer> {
  const name = encoding?.trim().toLowerCase() ?? '';
  if (name === '' || name === 'identity') return body;
  if (name !== 'gzip') {
    throw new WireError(
      'malformed',
      `The Content-Encoding "${encoding?.slice(0, 100)}" is not known here: send the body as it is, or packed with gzip.`,
    );
  }
  try {
    return await unzip(body, { maxOutputLength: limitBytes });
  } catch (error) {
    if (isTooLong(error)) {
      throw new WireError(
        'tooLarge',
        `Unpacked, the body is larger than the ${limitBytes} bytes that are allowed.`,
      );
    }
    throw new WireError('malformed', `The body can't be unpacked with gzip: ${messageOf(error)}.`, error);
  }
}

function isTooLong(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}
