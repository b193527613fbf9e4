/** The topics that a group tells about its instances. */
import { listIn, unless } from './handler-tools.ts';
import type { Properties, ResourceStep } from './resource-handler.ts';

interface Notification {
  readonly TopicARN: string | readonly string[];
  readonly NotificationTypes?: readonly string[];
}

/** Without a list of types a topic is told of all of them. */
const ALL_TYPES = ['LAUNCH', 'LAUNCH_ERROR', 'TERMINATE', 'TERMINATE_ERROR'].map(
  (type) => `autoscaling:EC2_INSTANCE_${type}`,
);

/** Types by topic. The older property of the two has one configuration. */
function wantedOf(properties: Properties): ReadonlyMap<string, readonly string[]> {
  const one = properties['NotificationConfiguration'] as Notification | undefined;
  const all = [...listIn<Notification>(properties, 'NotificationConfigurations'), ...(one ? [one] : [])];
  return new Map(
    all.flatMap(({ TopicARN, NotificationTypes = ALL_TYPES }) =>
      [TopicARN].flat().map((arn) => [arn as string, NotificationTypes] as const),
    ),
  );
}

export async function syncNotifications(
  AutoScalingGroupName: string,
  previous: Properties,
  properties: Properties,
  step: ResourceStep,
): Promise<void> {
  const [had, wanted] = [wantedOf(previous), wantedOf(properties)];
  for (const TopicARN of had.keys()) {
    if (wanted.has(TopicARN)) continue;
    await unless(['ValidationError'], () =>
      step.call('autoscaling', 'DeleteNotificationConfiguration', { AutoScalingGroupName, TopicARN }),
    );
  }
  for (const [TopicARN, NotificationTypes] of wanted) {
    if (JSON.stringify(had.get(TopicARN)) === JSON.stringify(NotificationTypes)) continue;
    await step.call('autoscaling', 'PutNotificationConfiguration', {
      AutoScalingGroupName,
      TopicARN,
      NotificationTypes,
    });
  }
}
