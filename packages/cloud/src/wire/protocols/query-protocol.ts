/**
 * awsQuery and ec2Query: parameters in, XML out. The SDK's XML codec writes the answers; only their envelopes are ours, made as shapes
 * around the operation's output.
 */
import { XmlShapeSerializer } from '@aws-sdk/core/protocols';
import { escapeXml, parseQuery } from '@crescendo/s3';
import type { Schema, ShapeSettings } from '../shapes/service-shapes.ts';
import type { FailureAnswer, OperationCall, Protocol } from './protocol.ts';
import { readQueryInput } from './query-input.ts';

type CodecSchema = Parameters<XmlShapeSerializer['write']>[0];
type Envelope = (call: OperationCall, output: unknown, requestId: string) => readonly [Schema, unknown];

const HEADERS = { 'content-type': 'text/xml;charset=utf-8' };
const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';
/** What XML 1.0 has no way to write; a console's output may hold it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that are meant
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

export const queryProtocol: Protocol = {
  decode: ({ operation }, body) => readQueryInput(operation.input, inputParameters(body), { ec2: false }),
  encode: (call, output, requestId) => encodeXml(call, output, requestId, nestedEnvelope),
  encodeFailure: (failure) => ({ headers: HEADERS, body: `${DECLARATION}${failureDocument(failure)}` }),
};

export const ec2Protocol: Protocol = {
  decode: ({ operation }, body) => readQueryInput(operation.input, inputParameters(body), { ec2: true }),
  encode: (call, output, requestId) => encodeXml(call, output, requestId, flatEnvelope),
  encodeFailure: ({ code, message, requestId }) => ({
    headers: HEADERS,
    body: `${DECLARATION}<Response><Errors><Error><Code>${escaped(code)}</Code><Message>${escaped(message)}</Message></Error></Errors><RequestID>${requestId}</RequestID></Response>`,
  }),
};

/** The operation that a form asks for. */
export function formAction(body: Buffer): { readonly action?: string; readonly version?: string } {
  const parameters = formParameters(body);
  const [action, version] = [parameters.get('Action'), parameters.get('Version')];
  return { ...(action === undefined ? {} : { action }), ...(version === undefined ? {} : { version }) };
}

function formParameters(body: Buffer): Map<string, string> {
  return new Map(parseQuery(body.toString('utf8')).map(({ name, value }) => [name, value]));
}

function inputParameters(body: Buffer): Map<string, string> {
  const parameters = formParameters(body);
  parameters.delete('Action');
  parameters.delete('Version');
  return parameters;
}

function encodeXml(call: OperationCall, output: unknown, requestId: string, envelope: Envelope) {
  const serializer = new XmlShapeSerializer(xmlSettings(call.shapes.settings));
  const [schema, document] = envelope(call, output ?? {}, requestId);
  serializer.write(schema as CodecSchema, document);
  return { headers: HEADERS, body: DECLARATION + String(serializer.flush()).replace(NOT_XML, '\ufffd') };
}

function xmlSettings({ xmlNamespace = '', defaultNamespace }: ShapeSettings) {
  return {
    timestampFormat: { useTrait: true, default: 5 as const },
    httpBindings: false,
    xmlNamespace,
    serviceNamespace: defaultNamespace,
  };
}

/** `<XResponse><XResult>...</XResult><ResponseMetadata><RequestId/></ResponseMetadata></XResponse>` */
const nestedEnvelope: Envelope = ({ name, operation, shapes }, output, requestId) => {
  const space = shapes.settings.defaultNamespace;
  const metadata = [3, space, 'ResponseMetadata', 0, ['RequestId'], [0]];
  const result = operation.output === 'unit' ? [] : [`${name}Result`];
  const members = operation.output === 'unit' ? [metadata] : [operation.output, metadata];
  const schema = [3, space, `${name}Response`, 0, [...result, 'ResponseMetadata'], members];
  return [schema, { [`${name}Result`]: output, ResponseMetadata: { RequestId: requestId } }];
};

/** `<XResponse><requestId/>...</XResponse>` */
const flatEnvelope: Envelope = ({ name, operation, shapes }, output, requestId) => {
  const space = shapes.settings.defaultNamespace;
  const shape = typeof operation.output === 'function' ? operation.output() : operation.output;
  const [names, members] = Array.isArray(shape) ? [shape[4], shape[5]] : [['return'], [2]];
  const schema = [3, space, `${name}Response`, 0, ['requestId', ...names], [0, ...members]];
  // An operation without an output says that it was done.
  const body = Array.isArray(shape) ? (output as object) : { return: true };
  return [schema, { requestId, ...body }];
};

function failureDocument({ shapes, shape, code, message, statusCode, requestId }: FailureAnswer): string {
  const type = statusCode < 500 ? 'Sender' : 'Receiver';
  const xmlNamespace = shapes?.settings.xmlNamespace;
  const space = xmlNamespace === undefined ? '' : ` xmlns="${xmlNamespace}"`;
  return `<ErrorResponse${space}><Error><Type>${type}</Type><Code>${escaped(shape?.queryCode ?? code)}</Code><Message>${escaped(message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
}

function escaped(text: string): string {
  return escapeXml(text.replace(NOT_XML, '\ufffd'));
}
