/** Messages of other services to queues, as Auto Scaling's to the target of a lifecycle hook. */
import type { ServiceCaller } from '../../contract/service.ts';

/** Whether the ARN is a queue's of whatever account; then the message is sent, and `onRefused` told when it can't be. */
export function sendToQueueArn(
  services: ServiceCaller,
  arn: string,
  message: Readonly<Record<string, unknown>>,
  onRefused: (error: unknown) => void,
): boolean {
  const match = /^arn:aws[a-z-]*:sqs:[a-z0-9-]+:(\d{12}):([^:]+)$/.exec(arn);
  if (match === null) return false;
  const [, account, name] = match;
  const input = { QueueUrl: `/${account}/${name}`, MessageBody: JSON.stringify(message) };
  services.call('sqs', 'SendMessage', input).catch(onRefused);
  return true;
}
