/** Alarms and dashboards. Putting one twice does no harm; what stood there before is not taken over. */
import { AwsError } from '../../../contract/service.ts';
import type { Tag } from '../state/stack-records.ts';
import { listIn, mergeTags, textIn, unless } from './handler-tools.ts';
import type { Made, Properties, ResourceHandler, ResourceStep } from './resource-handler.ts';

const SERVICE = 'monitoring';

interface AlarmDescriptions {
  readonly MetricAlarms?: readonly { readonly AlarmArn?: string }[];
  readonly CompositeAlarms?: readonly { readonly AlarmArn?: string }[];
}

async function alarmArn(name: string, step: ResourceStep): Promise<string | undefined> {
  const answer = await step.call<AlarmDescriptions>(SERVICE, 'DescribeAlarms', {
    AlarmNames: [name],
    AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
  });
  return (answer.MetricAlarms?.[0] ?? answer.CompositeAlarms?.[0])?.AlarmArn;
}

function alarmHandler(type: string, operation: 'PutMetricAlarm' | 'PutCompositeAlarm'): ResourceHandler {
  const put = async (
    name: string,
    properties: Properties,
    tags: readonly Tag[],
    step: ResourceStep,
  ): Promise<Made> => {
    await step.call(SERVICE, operation, { ...properties, AlarmName: name, Tags: tags });
    return { physicalId: name, attributes: { Arn: (await alarmArn(name, step)) ?? '' } };
  };
  return {
    type,
    create: async (request, step) => {
      const given = textIn(request.properties, 'AlarmName');
      const name = given ?? request.name();
      if (given !== undefined && !request.again && (await alarmArn(name, step)) !== undefined) {
        throw new AwsError('AlreadyExists', `${name} already exists`);
      }
      const tags = mergeTags(listIn<Tag>(request.properties, 'Tags'), request.tags);
      const made = await put(name, request.properties, tags, step);
      request.made(name);
      return made;
    },
    update: async ({ physicalId, properties, tags, attributes }, step) => {
      const made = await put(physicalId, properties, mergeTags(listIn<Tag>(properties, 'Tags'), tags), step);
      return { ...made, attributes: { ...attributes, ...made.attributes } };
    },
    remove: async ({ physicalId }, step) => {
      await unless(['ResourceNotFound*'], () =>
        step.call(SERVICE, 'DeleteAlarms', { AlarmNames: [physicalId] }),
      );
    },
  };
}

export const alarm = alarmHandler('AWS::CloudWatch::Alarm', 'PutMetricAlarm');
export const compositeAlarm = alarmHandler('AWS::CloudWatch::CompositeAlarm', 'PutCompositeAlarm');

async function putDashboard(name: string, properties: Properties, step: ResourceStep): Promise<Made> {
  await step.call(SERVICE, 'PutDashboard', {
    DashboardName: name,
    DashboardBody: JSON.stringify(properties['DashboardBody']),
  });
  return { physicalId: name, attributes: {} };
}

export const dashboard: ResourceHandler = {
  type: 'AWS::CloudWatch::Dashboard',
  create: async (request, step) => {
    const made = await putDashboard(
      textIn(request.properties, 'DashboardName') ?? request.name(),
      request.properties,
      step,
    );
    request.made(made.physicalId);
    return made;
  },
  update: async ({ physicalId, properties }, step) => putDashboard(physicalId, properties, step),
  remove: async ({ physicalId }, step) => {
    await unless(['ResourceNotFound*', 'DashboardNotFound*'], () =>
      step.call(SERVICE, 'DeleteDashboards', { DashboardNames: [physicalId] }),
    );
  },
};
