/** smithy-rpc-v2 with CBOR: the SDK's codec, from the other end. */
import { CborCodec, cbor } from '@smithy/core/cbor';
import { errorType, queryErrorHeader } from './json-protocol.ts';
import type { Protocol } from './protocol.ts';

type CodecSchema = Parameters<ReturnType<CborCodec['createSerializer']>['write']>[0];

const HEADERS = { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' };
const codec = new CborCodec();

export const cborProtocol: Protocol = {
  decode: ({ operation }, body) => {
    if (body.length === 0 || operation.input === 'unit') return {};
    return codec.createDeserializer().read(operation.input as CodecSchema, body);
  },
  encode: ({ operation }, output) => {
    if (operation.output === 'unit') return { headers: HEADERS, body: cbor.serialize({}) };
    const serializer = codec.createSerializer();
    serializer.write(operation.output as CodecSchema, output ?? {});
    return { headers: HEADERS, body: serializer.flush() };
  },
  encodeFailure: (failure) => ({
    headers: { ...HEADERS, ...queryErrorHeader(failure) },
    body: cbor.serialize({ __type: errorType(failure), message: failure.message }),
  }),
};
