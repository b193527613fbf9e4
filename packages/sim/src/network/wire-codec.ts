import { Packr } from 'msgpackr';

/** How values become bytes on the way between nodes: what can't be encoded fails, nothing is shared by reference. */
export interface WireCodec {
  encode(value: unknown): Uint8Array;
  decode(bytes: Uint8Array): unknown;
}

/** MessagePack as the production transport writes it: plain maps, no records, `undefined` kept apart from `null`. */
export function messagePackCodec(): WireCodec {
  const packr = new Packr({ useRecords: false, mapsAsObjects: true });
  return {
    encode: (value) => Uint8Array.from(packr.pack(value)),
    decode: (bytes) => packr.unpack(bytes) as unknown,
  };
}
