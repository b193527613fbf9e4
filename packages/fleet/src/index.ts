/** A storage node as an instance of an Auto Scaling group, on AWS's public APIs. SPEC.md has the rules. */
export { ClusterParameters, type KeyPair } from './cluster/cluster-parameters.ts';
export type { ParameterStore } from './ports.ts';
export type { Report } from './report.ts';
export {
  type InstanceSettings,
  type StartFleetNodeOptions,
  startFleetNode,
} from './start-fleet-node.ts';
