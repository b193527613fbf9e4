/** awsJson 1.0 and 1.1: the SDK's codec, from the other end. */
import { JsonCodec2, JsonShapeDeserializer2 } from '@smithy/core/protocols';
import type { Schema } from '../shapes/service-shapes.ts';
import type { FailureAnswer, OperationCall, Protocol, WireAnswer } from './protocol.ts';

type JsonObject = Parameters<JsonShapeDeserializer2['readObject']>[1];
type CodecSchema = Parameters<ReturnType<JsonCodec2['createSerializer']>['write']>[0];

/** Times are seconds since 1970 unless a shape says otherwise, as in AwsJsonRpcProtocol. */
const SETTINGS: ConstructorParameters<typeof JsonCodec2>[0] = {
  timestampFormat: { useTrait: true, default: 7 },
  jsonName: false,
};
const codec = new JsonCodec2(SETTINGS);

export function jsonProtocol(version: '1.0' | '1.1'): Protocol {
  const headers = { 'content-type': `application/x-amz-json-${version}` };
  return {
    decode: ({ operation }, body) => decodeJson(operation.input, body),
    encode: ({ operation }: OperationCall, output) => ({
      headers,
      body: encodeJson(operation.output, output),
    }),
    encodeFailure: (failure) => ({
      headers: { ...headers, ...queryErrorHeader(failure) },
      body: JSON.stringify({ __type: errorType(failure), message: failure.message, ...failure.members }),
    }),
  };
}

function decodeJson(schema: Schema, body: Buffer): unknown {
  const text = body.toString('utf8');
  const value: unknown = text.trim() === '' ? {} : JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error('the body is not a JSON object');
  }
  // The codec takes over whatever stands beside it.
  Reflect.deleteProperty(value, '__type');
  return schema === 'unit'
    ? {}
    : new JsonShapeDeserializer2(SETTINGS).readObject(schema as CodecSchema, value as JsonObject);
}

function encodeJson(schema: Schema, output: unknown): WireAnswer['body'] {
  if (schema === 'unit') return '{}';
  const serializer = codec.createSerializer();
  serializer.write(schema as CodecSchema, output ?? {});
  return serializer.flush();
}

/** With the namespace where the model has the error: some clients tell errors apart by the full name. */
export function errorType({ shapes, shape, code }: FailureAnswer): string {
  if (shapes === undefined || shape === undefined) return code;
  return `${shapes.settings.defaultNamespace}#${shape.name}`;
}

/** The code of the older query protocol, for clients that were written for it. */
export function queryErrorHeader({ shapes, shape, code, statusCode }: FailureAnswer): Record<string, string> {
  if (shapes?.settings.awsQueryCompatible !== true) return {};
  return { 'x-amzn-query-error': `${shape?.queryCode ?? code};${statusCode < 500 ? 'Sender' : 'Receiver'}` };
}
