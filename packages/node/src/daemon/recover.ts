import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Failure, messageOf } from '@crescendo/base';
import { planRecovery, type RecoveryStep, type SurvivingReplica } from '@crescendo/store';
import { openTransport, type Transport } from '../transport/transport.ts';
import { formatHostPort, type HostPort } from './node-options.ts';

export interface RecoverOptions {
  /** Peer addresses of the nodes that are alive. */
  readonly survivors: readonly HostPort[];
  readonly secretFile: string;
  /** Changes nothing: tells what would be done. */
  readonly dryRun: boolean;
}

export interface RecoveredPartition {
  /** Number of the partition; `system` for the system group. */
  readonly partition: number | 'system';
  /** The survivor that goes on with what it has. */
  readonly from: string;
  /** Members that are given up: what only they had acknowledged is lost. */
  readonly missing: readonly string[];
}

const REQUEST = { timeoutMs: 10_000 };

/** Lets the survivors go on where a majority is lost for good. Only an operator may decide that. */
export async function recover(options: RecoverOptions): Promise<readonly RecoveredPartition[]> {
  const transport = await openTransport({
    nodeId: `operator-${randomBytes(8).toString('hex')}`,
    clusterId: () => undefined,
    secret: (await readFile(options.secretFile, 'utf8')).trim(),
    log: () => {},
  });
  try {
    const found = await askSurvivors(transport, options.survivors.map(formatHostPort));
    const steps = planRecovery(
      found.flatMap(({ replicas }) => replicas),
      new Set(found.map(({ node }) => node)),
    );
    if (!options.dryRun) for (const step of steps) await force(transport, step, found);
    return steps.map(({ group, from, missing }) => ({
      partition: group === 'system' ? group : Number(group),
      from: from.node,
      missing,
    }));
  } finally {
    await transport.close();
  }
}

interface Survivor {
  readonly address: string;
  readonly node: string;
  readonly replicas: readonly SurvivingReplica[];
}

async function askSurvivors(transport: Transport, addresses: readonly string[]): Promise<Survivor[]> {
  const answers = await Promise.allSettled(
    addresses.map(async (address) => {
      const { result } = await transport.network.requestAt(address, 'operator.survivors', null, REQUEST);
      const { node, replicas } = result as { node: string; replicas: SurvivingReplica[] };
      return { address, node, replicas };
    }),
  );
  const found = answers.filter((answer) => answer.status === 'fulfilled').map(({ value }) => value);
  if (found.length > 0) return found;
  const reasons = answers.map((answer) => (answer.status === 'rejected' ? messageOf(answer.reason) : ''));
  throw new Failure(
    'Unreachable',
    `None of the nodes ${addresses.join(', ')} answers: ${reasons.join('; ')}.`,
  );
}

async function force(transport: Transport, step: RecoveryStep, found: readonly Survivor[]): Promise<void> {
  const survivor = found.find(({ node }) => node === step.from.node)!;
  await transport.network.requestAt(survivor.address, 'operator.force', { group: step.group }, REQUEST);
}
