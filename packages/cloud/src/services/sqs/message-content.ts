/** What a message carries, as it lies in the log: a head in JSON, then the body. */
import { createHash } from 'node:crypto';

export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: Uint8Array;
}

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

export interface MessageHead {
  readonly id: string;
  readonly md5: string;
  readonly sender: string;
  readonly attributes?: MessageAttributes;
  readonly traceHeader?: string;
  readonly group?: string;
  readonly deduplicationId?: string;
  /** The queue that it was moved from as a dead letter. */
  readonly deadLetterSource?: string;
}

interface StoredHead extends Omit<MessageHead, 'attributes'> {
  /** Name, type, and a text or, in base64, bytes. */
  readonly attributes?: readonly (readonly [string, string, string | null, string | null])[];
}

export function encodeContent(head: MessageHead, body: Buffer): Buffer {
  const { attributes, ...rest } = head;
  const stored: StoredHead =
    attributes === undefined ? rest : { ...rest, attributes: storedAttributes(attributes) };
  const headBytes = Buffer.from(JSON.stringify(stored));
  const content = Buffer.allocUnsafe(4 + headBytes.length + body.length);
  content.writeUInt32LE(headBytes.length, 0);
  headBytes.copy(content, 4);
  body.copy(content, 4 + headBytes.length);
  return content;
}

function storedAttributes(attributes: MessageAttributes): NonNullable<StoredHead['attributes']> {
  return Object.entries(attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
    name,
    DataType,
    StringValue ?? null,
    BinaryValue === undefined ? null : Buffer.from(BinaryValue).toString('base64'),
  ]);
}

export function decodeContent(content: Buffer): { readonly head: MessageHead; readonly body: Buffer } {
  const bodyAt = 4 + content.readUInt32LE(0);
  const { attributes, ...rest } = JSON.parse(content.toString('utf8', 4, bodyAt)) as StoredHead;
  const head = attributes === undefined ? rest : { ...rest, attributes: readAttributes(attributes) };
  return { head, body: content.subarray(bodyAt) };
}

function readAttributes(stored: NonNullable<StoredHead['attributes']>): MessageAttributes {
  return Object.fromEntries(
    stored.map(([name, DataType, text, bytes]) => [
      name,
      {
        DataType,
        ...(text === null ? {} : { StringValue: text }),
        ...(bytes === null ? {} : { BinaryValue: Buffer.from(bytes, 'base64') }),
      },
    ]),
  );
}

export function md5Of(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}

/**
 * Over names, types and values, each after its length, by the order of the names (AWS: "Calculating the MD5 message digest for message
 * attributes").
 */
export function md5OfAttributes(attributes: MessageAttributes): string {
  const hash = createHash('md5');
  const add = (bytes: Uint8Array): void => {
    const length = Buffer.allocUnsafe(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const name of Object.keys(attributes).sort()) {
    const { DataType, StringValue, BinaryValue } = attributes[name]!;
    add(Buffer.from(name));
    add(Buffer.from(DataType));
    hash.update(Buffer.from([BinaryValue === undefined ? 1 : 2]));
    add(BinaryValue ?? Buffer.from(StringValue ?? ''));
  }
  return hash.digest('hex');
}
