/** What must not hold the fleet up: files that are no texts, jobs for what is not there, messages that are no jobs. */
import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { putText } from '../src/system/objects.ts';
import type { Session } from '../src/system/session.ts';
import type { StackOutputs } from '../src/system/stack-outputs.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Files that cannot be counted, with the reason that must be told. */
const BROKEN: readonly {
  readonly name: string;
  readonly bytes: () => Uint8Array;
  readonly reason: RegExp;
}[] = [
  {
    name: 'broken/picture.txt',
    bytes: () => Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]),
    reason: /not a text/,
  },
  {
    name: 'broken/not utf-8 ü.txt',
    bytes: () => Uint8Array.from([...encode('valid words, then '), 0xff, 0xfe, 0x20]),
    reason: /not UTF-8/,
  },
  { name: 'broken/one-word.txt', bytes: () => encode('a'.repeat(3_000_000)), reason: /longer than/ },
];

/** Files that are unusual and can be counted all the same. */
const ODD: readonly { readonly name: string; readonly text: string }[] = [
  { name: 'odd/empty.txt', text: '' },
  {
    name: 'odd/na me+100%.txt',
    text: 'Names with spaces, plus signs and percents: names are "names" in events too!\n',
  },
  {
    name: 'odd/übergröße.txt',
    text: 'Straßen, STRASSEN; ΛΟΓΟΣ λόγος λογος\u2003İstanbul İSTANBUL naïve NAÏVE 日本語のテキスト\u3000日本語のテキスト\r\n',
  },
];

export interface Planted {
  /** Keys in the uploading bucket. */
  readonly odd: readonly string[];
  readonly broken: ReadonlyMap<string, RegExp>;
}

export async function plantFiles(session: Session, { UploadingBucket }: StackOutputs): Promise<Planted> {
  for (const { name, bytes } of BROKEN) await putText(session.s3, UploadingBucket, name, bytes());
  for (const { name, text } of ODD) await putText(session.s3, UploadingBucket, name, encode(text));
  return {
    odd: ODD.map(({ name }) => name),
    broken: new Map(BROKEN.map(({ name, reason }) => [name, reason])),
  };
}

const GONE = 'deleted before its turn.txt';
const NOWHERE = 'in no bucket.txt';

/** Keys of the jobs for what is not there. */
export const MISSING: readonly string[] = [GONE, NOWHERE];

/** Jobs for an object and for a bucket that are not there, and two messages that are no events. */
export async function plantMessages(session: Session, stack: StackOutputs): Promise<void> {
  const bodies = [
    eventOf(stack.ProcessingBucket, GONE),
    eventOf('wordfreq-no-such-bucket', NOWHERE),
    'hello, this is no event',
    JSON.stringify({ Records: [{ eventSource: 'aws:sns' }] }),
  ];
  await session.sqs.send(
    new SendMessageBatchCommand({
      QueueUrl: stack.JobsQueueUrl,
      Entries: bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody })),
    }),
  );
}

function eventOf(bucket: string, key: string): string {
  const s3 = {
    bucket: { name: bucket },
    object: { key: key.replaceAll(' ', '+'), sequencer: '0000000000000001' },
  };
  return JSON.stringify({
    Records: [{ eventSource: 'aws:s3', awsRegion: 'us-east-1', eventName: 'ObjectCreated:Put', s3 }],
  });
}
