import { OWNER_ID } from '../request/refused-headers.ts';
import { isoDate } from '../sigv4/timestamp.ts';
import { parseQueueArn } from './queue-arn.ts';

/** A write that is told to a queue. */
export interface EventView {
  /** AWS's name, with `s3:` in front. */
  readonly name: string;
  readonly ruleId: string;
  readonly bucket: string;
  readonly key: string;
  readonly size?: number;
  readonly etag?: string;
  readonly timeMs: number;
  /** Grows from write to write of one key. */
  readonly index: number;
  readonly origin?: {
    readonly requestId: string;
    readonly sourceAddress: string;
    readonly principalId: string;
  };
}

const EVENT_VERSION = '2.1';
const SCHEMA_VERSION = '1.0';
const SEQUENCER_DIGITS = 18;

/** The message about one write: AWS's event structure, version 2.1. A bucket is taken to be in the region of the queue, as on AWS. */
export function eventMessage(queueArn: string, event: EventView): string {
  const { name, ruleId, bucket, timeMs, origin } = event;
  const arn = parseQueueArn(queueArn);
  const requestId = origin?.requestId ?? '';
  const record = {
    eventVersion: EVENT_VERSION,
    eventSource: 'aws:s3',
    awsRegion: arn?.region ?? '',
    eventTime: isoDate(timeMs),
    eventName: name.replace(/^s3:/, ''),
    userIdentity: { principalId: origin?.principalId ?? OWNER_ID },
    requestParameters: { sourceIPAddress: origin?.sourceAddress ?? '' },
    responseElements: { 'x-amz-request-id': requestId, 'x-amz-id-2': requestId },
    s3: {
      s3SchemaVersion: SCHEMA_VERSION,
      configurationId: ruleId,
      bucket: {
        name: bucket,
        ownerIdentity: { principalId: OWNER_ID },
        arn: `arn:${arn?.partition ?? 'aws'}:s3:::${bucket}`,
      },
      object: objectOf(event),
    },
  };
  return JSON.stringify({ Records: [record] });
}

function objectOf({ key, size, etag, index }: EventView): object {
  return {
    key: encodeEventKey(key),
    ...(size === undefined ? {} : { size, eTag: etag }),
    sequencer: index.toString(16).toUpperCase().padStart(SEQUENCER_DIGITS, '0'),
  };
}

/** As in forms, a space as `+`; slashes stay. */
export function encodeEventKey(key: string): string {
  return encodeURIComponent(key)
    .replace(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
    .replaceAll('%2F', '/');
}

/** What a queue is sent when a configuration names it for the first time. */
export function testEventMessage(bucket: string, requestId: string, nowMs: number): string {
  return JSON.stringify({
    Service: 'Amazon S3',
    Event: 's3:TestEvent',
    Time: isoDate(nowMs),
    Bucket: bucket,
    RequestId: requestId,
    HostId: requestId,
  });
}
