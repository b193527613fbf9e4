/** A few operations to ask for, and the endpoint that serves them. */
import type { AwsService } from '../../contract/service.ts';
import type { EndpointOptions } from '../endpoint.ts';
import { FORM, form } from './signed-request.ts';
import { openWire, type WireFixture } from './wire-fixture.ts';

/** One operation each. */
function services(): AwsService[] {
  return [
    {
      signingName: 'autoscaling',
      operations: { DescribeAccountLimits: () => ({ MaxNumberOfAutoScalingGroups: 5 }) },
    },
    { signingName: 'ec2', operations: { DescribeRegions: () => ({ Regions: [] }) } },
    { signingName: 'ssm', operations: { GetParameter: () => ({}) } },
    { signingName: 'monitoring', operations: { ListMetrics: () => ({ Metrics: [] }) } },
  ];
}

export const LIMITS = { service: 'autoscaling', headers: FORM, body: form('DescribeAccountLimits') };
export const JSON_GET = {
  service: 'ssm',
  headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AmazonSSM.GetParameter' },
  body: '{"Name":"a"}',
};

export async function withWire(
  work: (wire: WireFixture) => Promise<void>,
  changes: Partial<EndpointOptions> = {},
): Promise<void> {
  const wire = await openWire(services(), changes);
  try {
    await work(wire);
  } finally {
    await wire.close();
  }
}

export function codeOf(text: string): string | undefined {
  return /<Code>([^<]*)<\/Code>/.exec(text)?.[1] ?? /"__type":"([^"]*)"/.exec(text)?.[1];
}
