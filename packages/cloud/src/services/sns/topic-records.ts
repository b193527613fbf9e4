/** What is remembered of topics, their subscriptions, and deliveries over HTTP that are still to be made. */
import type { Records, RecordTable } from '../../contract/records.ts';

export interface TopicRecord {
  readonly arn: string;
  readonly name: string;
  /** As clients set them. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

export interface SubscriptionRecord {
  readonly arn: string;
  readonly topicArn: string;
  readonly protocol: string;
  readonly endpoint: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** False until who has the endpoint has confirmed; then nothing but the request to confirm is sent. */
  readonly confirmed: boolean;
  /** What confirms it. */
  readonly token: string;
}

/** One message to one endpoint over HTTP. */
export interface DeliveryRecord {
  readonly subscriptionArn: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly attempts: number;
  /** Milliseconds since 1970. */
  readonly dueMs: number;
}

export class SnsState {
  /** By ARN. */
  readonly topics: RecordTable<TopicRecord>;
  /** By ARN. */
  readonly subscriptions: RecordTable<SubscriptionRecord>;
  readonly deliveries: RecordTable<DeliveryRecord>;

  constructor(records: Records) {
    this.topics = records.table('sns/topics');
    this.subscriptions = records.table('sns/subscriptions');
    this.deliveries = records.table('sns/deliveries');
  }

  /** The ARN of a subscription begins with that of its topic. */
  subscriptionsOf(topicArn: string): SubscriptionRecord[] {
    return [...this.subscriptions.entries(`${topicArn}:`)].map(([, one]) => one);
  }
}
