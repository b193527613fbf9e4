/** The node of this instance on AWS's APIs: what `crescendo node --cluster-parameters` runs. */
import { randomBytes } from 'node:crypto';
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { SSMClient } from '@aws-sdk/client-ssm';
import { type Clock, Failure, sleep } from '@crescendo/base';
import type { NodeOptions, RunningNode } from '@crescendo/node';
import { findGroup } from './aws/aws-group.ts';
import { AwsMetrics } from './aws/aws-metrics.ts';
import { AwsParameters } from './aws/aws-parameters.ts';
import { HttpInstanceMetadata } from './aws/instance-metadata.ts';
import { ClusterParameters, type KeyPair } from './cluster/cluster-parameters.ts';
import { runFleetNode } from './fleet-node.ts';
import type { InstanceIdentity } from './ports.ts';
import type { Report } from './report.ts';

export interface StartFleetNodeOptions {
  /** Under which the cluster's parameters lie, such as `/crescendo/store`. */
  readonly prefix: string;
  /** What the instance says of itself decides the rest of the node's options. */
  readonly node: (from: InstanceSettings) => Promise<Omit<NodeOptions, 'founders' | 'join'>>;
  readonly makeKeys: () => KeyPair;
  readonly metricsIntervalMs: number;
  readonly clock: Clock;
  readonly startNode: (options: NodeOptions) => Promise<RunningNode>;
  readonly signal: AbortSignal;
  readonly report: Report;
  readonly started?: (node: RunningNode) => void;
  /** Where the instance metadata is, when not at AWS's address. */
  readonly metadataEndpoint?: string;
}

export interface InstanceSettings {
  readonly identity: InstanceIdentity;
  readonly secret: string;
  readonly keys: KeyPair;
}

const SECRET_BYTES = 32;
const RETRY_MS = 2_000;

/** Runs until the signal is aborted; rejects when the node can't go on. */
export async function startFleetNode(options: StartFleetNodeOptions): Promise<void> {
  const { clock, signal, report } = options;
  const metadata = new HttpInstanceMetadata(options.metadataEndpoint);
  const identity = await patiently(options, () => metadata.identity());
  if (identity === undefined) return;
  const region = identity.region;
  const clients = {
    parameters: new SSMClient({ region }),
    scaling: new AutoScalingClient({ region }),
    metrics: new CloudWatchClient({ region }),
  };
  const parameters = new ClusterParameters(new AwsParameters(clients.parameters), options.prefix);
  const shared = await patiently(options, async () => ({
    secret: await parameters.secret(() => randomBytes(SECRET_BYTES).toString('hex')),
    keys: await parameters.keys(options.makeKeys),
    group: await findGroup(clients.scaling, identity.instanceId),
  }));
  if (shared === undefined) return;
  const node = await options.node({ identity, secret: shared.secret, keys: shared.keys });
  const address = `${node.advertiseHost ?? node.host}:${node.peerPort}`;
  try {
    await runFleetNode(
      {
        parameters,
        metadata,
        group: shared.group,
        publisher: new AwsMetrics(clients.metrics),
        clock,
        report,
        startNode: options.startNode,
      },
      {
        self: { instanceId: identity.instanceId, address },
        node: { ...node, instance: identity.instanceId },
        metricsIntervalMs: options.metricsIntervalMs,
        signal,
        ...(options.started === undefined ? {} : { started: options.started }),
      },
    );
  } finally {
    for (const client of Object.values(clients)) client.destroy();
  }
}

/** An instance may be up before the services that it needs: it waits for them and says so. Refusals are final. */
async function patiently<T>(
  { clock, signal, report }: StartFleetNodeOptions,
  ask: () => Promise<T>,
): Promise<T | undefined> {
  while (!signal.aborted) {
    try {
      return await ask();
    } catch (error) {
      if (isFinal(error)) throw error;
      report('warn', 'waiting for the services of the cloud', {
        cause: error instanceof Error ? error.message : String(error),
      });
      await sleep(clock, RETRY_MS);
    }
  }
  return undefined;
}

/** What AWS refuses will be refused again; what cannot be reached may be reached later. */
function isFinal(error: unknown): boolean {
  if (error instanceof Failure) return !error.retryable;
  const status: unknown =
    error instanceof Error ? Reflect.get(Reflect.get(error, '$metadata') ?? {}, 'httpStatusCode') : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 && status !== 429;
}
