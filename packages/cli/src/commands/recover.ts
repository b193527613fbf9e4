import { createInterface } from 'node:readline/promises';
import type { RecoveredPartition } from '@crescendo/node';
import type { HostPort } from '../arguments.ts';
import type { DaemonModule } from '../daemon.ts';
import { loadDaemon } from '../daemon.ts';
import { dataFolderPaths } from '../data-folder.ts';
import { CommandFailure, UsageError } from '../failures.ts';
import { readPeers } from '../local/endpoint-file.ts';
import { readIfThere } from '../private-file.ts';
import { formatTable } from '../terminal/table.ts';
import type { CommandContext, CommandStatus } from './command-context.ts';

export interface RecoverFlags {
  readonly data: string;
  readonly survivors?: readonly HostPort[];
  readonly secretFile?: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const WARNING = `This gives up nodes that are lost for good. Partitions that have lost their majority go on from what one survivor
holds: writes that only the lost nodes had are gone, although they were acknowledged. The nodes that are given up
must never be started again with their old data. If one of them can still be brought back, do that instead.
`;
const CONFIRMATION = 'go on without them';

/** What asks the person; tests answer for them. */
export type Ask = (question: string) => Promise<string>;

export async function recover(
  flags: RecoverFlags,
  context: CommandContext,
  ask: Ask = askAtTerminal,
): Promise<CommandStatus> {
  const daemon = await loadDaemon();
  return await recoverWith(daemon, flags, context, ask);
}

export async function recoverWith(
  daemon: Pick<DaemonModule, 'recover'>,
  flags: RecoverFlags,
  context: CommandContext,
  ask: Ask,
): Promise<CommandStatus> {
  const survivors = flags.survivors ?? (await recordedPeers(flags.data));
  const secretFile = flags.secretFile ?? dataFolderPaths(flags.data).clusterSecret;
  if ((await readIfThere(secretFile)) === undefined) {
    throw new CommandFailure(`${secretFile} does not exist: name the cluster's secret with --secret-file`);
  }
  const plan = await daemon.recover({ survivors, secretFile, dryRun: true });
  if (flags.json !== true) context.terminal.error(describe(plan));
  if (plan.length > 0 && flags.dryRun !== true) {
    await confirm(flags, context, ask);
    await daemon.recover({ survivors, secretFile, dryRun: false });
  }
  if (flags.json === true) {
    const recovered = plan.length > 0 && flags.dryRun !== true;
    context.terminal.out(`${JSON.stringify({ recovered, partitions: plan }, undefined, 2)}\n`);
  } else if (plan.length > 0 && flags.dryRun !== true) {
    context.terminal.error(
      'recovered: see "crescendo status", and add nodes so that the replicas become whole\n',
    );
  }
  return 0;
}

async function recordedPeers(data: string): Promise<readonly HostPort[]> {
  const peers = await readPeers(dataFolderPaths(data).peers);
  if (peers.length > 0) return peers;
  throw new UsageError('which nodes are alive? Name their peer addresses with --survivors HOST:PORT,...');
}

function describe(plan: readonly RecoveredPartition[]): string {
  if (plan.length === 0) return 'every partition has its majority: there is nothing to recover\n';
  const rows = plan.map(({ partition, from, missing }) => [String(partition), from, missing.join(', ')]);
  return `${formatTable([['PARTITION', 'GOES ON FROM', 'GIVEN UP'], ...rows]).join('\n')}\n\n`;
}

async function confirm(flags: RecoverFlags, context: CommandContext, ask: Ask): Promise<void> {
  context.terminal.error(WARNING);
  if (flags.yes === true) return;
  const answer = await ask(`Type "${CONFIRMATION}" to do it: `);
  if (answer.trim() !== CONFIRMATION) throw new CommandFailure('nothing was changed');
}

async function askAtTerminal(question: string): Promise<string> {
  if (process.stdin.isTTY !== true)
    throw new UsageError('there is no terminal to ask at: add --yes when you mean it');
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await reader.question(question);
  } finally {
    reader.close();
  }
}
