/** Topics of SNS: what is published to one goes to its subscriptions, queues and endpoints of HTTP. */
import { messageOf } from '@crescendo/base';
import type { AwsService } from '../../contract/service.ts';
import { HttpDelivery } from './http-delivery.ts';
import { publish, publishOperations, toDeadLetters } from './publish.ts';
import type { SnsPorts, SnsWorld } from './sns-world.ts';
import { confirm, subscriptionOperations } from './subscriptions.ts';
import { SnsState } from './topic-records.ts';
import { topicOperations } from './topics.ts';

export type { SnsPorts } from './sns-world.ts';

export interface Sns {
  readonly service: AwsService;
  /** What other services say to a topic. Rejects with `AwsError` when there is no such topic. */
  announce(topicArn: string, subject: string, message: object): Promise<void>;
  /** Throws `AwsError` when the token confirms nothing. */
  confirm(token: string): void;
  start(): Promise<void>;
  stop(): Promise<void>;
}

const LONGEST_SUBJECT = 100;

export function createSnsService(ports: SnsPorts): Sns {
  const state = new SnsState(ports.records);
  const world: SnsWorld = { ports, state, deliver: () => http.look() };
  const http = new HttpDelivery(world, async ({ subscriptionArn, body }) => {
    const subscription = state.subscriptions.get(subscriptionArn);
    if (subscription !== undefined) await toDeadLetters(world, subscription, body);
  });
  return {
    service: {
      signingName: 'sns',
      operations: {
        ...topicOperations(world),
        ...subscriptionOperations(world),
        ...publishOperations(world),
      },
    },
    announce: async (TopicArn, subject, message) => {
      const Subject = subject.replace(/[^\x20-\x7e]/g, '?').slice(0, LONGEST_SUBJECT);
      await publish(world, { TopicArn, Subject, Message: JSON.stringify(message) });
      await ports.records.durable();
    },
    confirm: (token) => void confirm(world, token),
    start: async () => http.start(),
    stop: async () => {
      await http.stop().catch((error: unknown) => ports.log?.(messageOf(error)));
    },
  };
}
