/** Wait conditions: a template goes on when somebody has sent signals to a URL. */
import { AwsError } from '../../../contract/service.ts';
import { untilTrue } from './handler-tools.ts';
import type { CreateRequest, Properties, ResourceHandler, ResourceStep } from './resource-handler.ts';

export const waitConditionHandle: ResourceHandler = {
  type: 'AWS::CloudFormation::WaitConditionHandle',
  create: async (request, step) => {
    const url = step.waitUrl(request.token);
    request.made(url);
    return { physicalId: url, attributes: {} };
  },
  remove: async () => {},
};

/** The token at the end of a handle's URL. */
export function waitTokenOf(url: string): string {
  return new URL(url).pathname.split('/').at(-1) ?? '';
}

export const waitCondition: ResourceHandler = {
  type: 'AWS::CloudFormation::WaitCondition',

  create: async (request, step) => {
    const physicalId = `${step.stackId}/${request.token}/${step.logicalId}`;
    request.made(physicalId);
    const handle = request.properties['Handle'];
    // With a creation policy the engine itself waits for SignalResource.
    if (typeof handle !== 'string') return { physicalId, attributes: { Data: '{}' } };
    return { physicalId, attributes: { Data: await dataOf(handle, request, step) } };
  },

  remove: async () => {},
};

async function dataOf(handle: string, request: CreateRequest, step: ResourceStep): Promise<string> {
  const { properties } = request;
  const count = Number(properties['Count'] ?? 1);
  const signals = (): ReturnType<ResourceStep['signals']> => step.signals(waitTokenOf(handle));
  const leftMs = request.begunMs + timeoutMs(properties) - step.nowMs();
  await untilTrue(
    step,
    leftMs,
    () => `WaitCondition timed out. Received ${signals().length} conditions when expecting ${count}`,
    async () => {
      const failure = signals().find(({ status }) => status === 'FAILURE');
      if (failure === undefined) return signals().length >= count;
      throw new AwsError(
        'SignalFailed',
        `WaitCondition received failed message: '${failure.reason ?? ''}' for uniqueId: ${failure.uniqueId}`,
      );
    },
  );
  return JSON.stringify(Object.fromEntries(signals().map(({ uniqueId, data }) => [uniqueId, data ?? ''])));
}

function timeoutMs(properties: Properties): number {
  return Number(properties['Timeout'] ?? 43_200) * 1_000;
}
