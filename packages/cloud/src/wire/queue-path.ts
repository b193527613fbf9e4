/**
 * The query protocol of SQS: a form may be sent to the queue's own URL, which then is not among its parameters. Clients of before 2023 do
 * so.
 */
const QUEUE_PATH = /^\/\d{12}\/[A-Za-z0-9_.-]+\/?$/;
const NAMES_QUEUE = /(^|&)QueueUrl=/;

/** The form with the queue that its path names. */
export function formOfQueue(rawPath: string, body: Buffer): Buffer {
  if (!QUEUE_PATH.test(rawPath) || NAMES_QUEUE.test(body.toString('latin1'))) return body;
  return Buffer.concat([body, Buffer.from(`${body.length === 0 ? '' : '&'}QueueUrl=${rawPath}`)]);
}
