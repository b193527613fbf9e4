/** Topics as far as stacks use them. */
import { AwsError } from '../../../contract/service.ts';
import type { FakeCloud } from './fake-cloud.ts';

type Item = Record<string, unknown>;

export class FakeTopics {
  readonly #cloud: FakeCloud;

  constructor(cloud: FakeCloud) {
    this.#cloud = cloud;
  }

  handle(operation: string, input: Item): unknown {
    const topics = this.#cloud.kind('topic');
    const subscriptions = this.#cloud.kind('subscription');
    const arn = String(
      input['TopicArn'] ?? input['ResourceArn'] ?? `arn:aws:sns:us-east-1:000000000000:${input['Name']}`,
    );
    if (operation === 'CreateTopic') {
      topics.set(arn, input);
      return { TopicArn: arn };
    }
    if (operation === 'DeleteTopic') return void topics.delete(arn);
    if (operation === 'Unsubscribe') return void subscriptions.delete(String(input['SubscriptionArn']));
    if (operation === 'SetSubscriptionAttributes') return {};
    const topic = topics.get(arn);
    if (topic === undefined) throw new AwsError('NotFound', 'Topic does not exist', 404);
    switch (operation) {
      case 'ListTagsForResource':
        return { Tags: topic['Tags'] };
      case 'ListSubscriptionsByTopic':
        return { Subscriptions: [...subscriptions.values()].filter((one) => one['TopicArn'] === arn) };
      case 'Subscribe': {
        const SubscriptionArn = `${arn}:${input['Protocol']}:${input['Endpoint']}`;
        subscriptions.set(SubscriptionArn, { ...input, SubscriptionArn });
        return { SubscriptionArn };
      }
      case 'SetTopicAttributes':
      case 'TagResource':
      case 'UntagResource':
        return {};
      default:
        throw new AwsError('InvalidAction', `sns has no ${operation}`);
    }
  }
}
