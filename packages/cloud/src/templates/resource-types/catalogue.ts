/** Every type of resource that templates may name here. */
import { AUTO_SCALING_TYPES } from './auto-scaling.ts';
import { BIG_DATA_TYPES } from './big-data.ts';
import { CLOUDWATCH_TYPES } from './cloudwatch.ts';
import { DYNAMODB_TYPES } from './dynamodb.ts';
import { EC2_ADDRESS_TYPES } from './ec2-addresses.ts';
import { EC2_INSTANCE_TYPES } from './ec2-instances.ts';
import { EC2_NETWORK_TYPES } from './ec2-network.ts';
import { IAM_TYPES } from './iam.ts';
import { LOAD_BALANCING_TYPES } from './load-balancing.ts';
import { OTHER_TYPES } from './other.ts';
import type { ResourceType } from './resource-type.ts';
import { SIDE_TYPES } from './side-parts.ts';
import { SNS_TYPES } from './sns.ts';
import { SQS_TYPES } from './sqs.ts';

/** By name, in the order of the names. */
export const RESOURCE_TYPES: ReadonlyMap<string, ResourceType> = new Map(
  [
    ...AUTO_SCALING_TYPES,
    ...BIG_DATA_TYPES,
    ...CLOUDWATCH_TYPES,
    ...DYNAMODB_TYPES,
    ...EC2_ADDRESS_TYPES,
    ...EC2_INSTANCE_TYPES,
    ...EC2_NETWORK_TYPES,
    ...IAM_TYPES,
    ...LOAD_BALANCING_TYPES,
    ...OTHER_TYPES,
    ...SIDE_TYPES,
    ...SNS_TYPES,
    ...SQS_TYPES,
  ]
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .map((type) => [type.name, type]),
);
