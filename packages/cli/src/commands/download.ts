import type { S3Client } from '../client/s3-client.ts';
import type { ClientFlags } from '../settings.ts';
import { ProgressDisplay } from '../terminal/progress-display.ts';
import { downloadFile } from '../transfer/download-file.ts';
import type { DownloadPlan } from '../transfer/download-plan.ts';
import { planDownload } from '../transfer/download-plan.ts';
import type { Done, Outcome } from '../transfer/outcome.ts';
import type { CommandContext, CommandStatus } from './command-context.ts';
import { reportOutcome } from './report.ts';
import { transferAll } from './transfer-all.ts';
import { withClient } from './with-client.ts';

export interface DownloadFlags extends ClientFlags {
  readonly bucket: string;
  readonly output?: string;
  readonly parallel: number;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

interface Downloaded extends Done {
  readonly path: string;
  readonly verifiedBy: string;
}

export async function download(
  names: readonly string[],
  flags: DownloadFlags,
  context: CommandContext,
): Promise<CommandStatus> {
  return await withClient<CommandStatus>(flags, context, async (client) => {
    const plan = await planDownload(client, flags.bucket, names, flags.output);
    const received = await receive(client, plan, flags, context);
    const outcome = { done: received.done, failed: [...plan.failed, ...received.failed] };
    if (flags.json === true) {
      const { done: downloaded, failed } = outcome;
      context.terminal.out(`${JSON.stringify({ bucket: flags.bucket, downloaded, failed }, undefined, 2)}\n`);
    }
    return reportOutcome(context.terminal, 'downloaded', outcome);
  });
}

async function receive(
  client: S3Client,
  plan: DownloadPlan,
  flags: DownloadFlags,
  context: CommandContext,
): Promise<Outcome<Downloaded>> {
  const display = new ProgressDisplay(context.terminal, {
    verb: 'downloaded',
    totalFiles: plan.files.length,
    totalBytes: plan.files.reduce((sum, file) => sum + file.bytes, 0),
    quiet: flags.quiet === true || flags.json === true,
    nowMs: () => performance.now(),
  });
  try {
    return await transferAll(plan.files, flags.parallel, display, context.signal, async (file, progress) => {
      const source = { client, bucket: flags.bucket, key: file.name, signal: context.signal };
      return { name: file.name, ...(await downloadFile(source, file.path, progress)) };
    });
  } finally {
    display.end();
  }
}
