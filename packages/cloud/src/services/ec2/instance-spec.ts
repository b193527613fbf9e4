/** From an instance's record to what its provider is told. */
import type { InstanceSpec } from '../../instances/instance-provider.ts';
import type { InstanceRecord } from './instance-record.ts';
import { findInstanceType } from './instance-types.ts';
import type { Ec2Ports } from './ports.ts';

const GIB = 2 ** 30;

export function specOf(
  record: InstanceRecord,
  ports: Pick<Ec2Ports, 'endpointUrl' | 'region'>,
): InstanceSpec {
  const { settings, address } = record;
  const type = findInstanceType(settings.instanceType);
  return {
    instanceId: record.instanceId,
    imageId: settings.imageId,
    address,
    vcpus: type?.vcpus ?? 1,
    memoryBytes: (type?.memoryMiB ?? 1024) * 2 ** 20,
    userData: settings.userData === undefined ? undefined : Buffer.from(settings.userData, 'base64'),
    volumes: record.volumes.map(({ volumeId, deviceName, gibibytes }) => ({
      volumeId,
      deviceName,
      bytes: gibibytes * GIB,
    })),
    environment: {
      AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://${address.host}:${address.metadataPort}`,
      AWS_ENDPOINT_URL: ports.endpointUrl(),
      AWS_REGION: ports.region,
      AWS_DEFAULT_REGION: ports.region,
    },
  };
}
