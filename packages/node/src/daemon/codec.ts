import type { Codec } from '@crescendo/store';
import { Packr } from 'msgpackr';

/**
 * MessagePack without msgpackr's record extension: every value can be read by itself, by any version. Byte strings come back as
 * copies: what is decoded may outlive the buffer it came from.
 */
export function createCodec(): Codec {
  const packr = new Packr({
    useRecords: false,
    mapsAsObjects: true,
    copyBuffers: true,
    int64AsType: 'number',
  });
  return { encode: (value) => packr.encode(value), decode: (bytes) => packr.decode(bytes) };
}
