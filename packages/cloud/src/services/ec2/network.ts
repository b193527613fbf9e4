/** The default network, which is all the network there is: one VPC on loopback with a subnet in each of three zones. */
import { subnetOf } from '../../instances/process/loopback-addresses.ts';

export const VPC_ID = 'vpc-00000000000000001';
export const VPC_CIDR = '127.0.0.0/16';

export interface Subnet {
  readonly subnetId: string;
  readonly zone: string;
  readonly zoneId: string;
  readonly cidr: string;
  /** For `InstanceProvider.allocateAddress`. */
  readonly network: number;
}

const LETTERS = ['a', 'b', 'c'];

/** @param region for example `us-east-1`: its zones are us-east-1a, -1b and -1c */
export function subnetsOf(region: string): readonly Subnet[] {
  return LETTERS.map((letter, network) => ({
    subnetId: `subnet-0000000000000000${letter}`,
    zone: `${region}${letter}`,
    zoneId: zoneIdOf(region, network),
    cidr: subnetOf(network),
    network,
  }));
}

/** As AWS abbreviates regions: us-east-1 -> use1-az1. */
function zoneIdOf(region: string, network: number): string {
  const [area = '', side = '', number = ''] = region.split('-').slice(-3);
  return `${area}${side.replace(/(north|south|east|west|central)/g, (word) => word[0]!)}${number}-az${network + 1}`;
}
