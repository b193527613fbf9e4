import type { ClientFlags } from '../settings.ts';
import { downloadFile } from '../transfer/download-file.ts';
import { planDownload } from '../transfer/download-plan.ts';
import type { Done } from '../transfer/outcome.ts';
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
    const received = await transferAll(
      'downloaded',
      plan.files,
      flags,
      context,
      async (file, progress): Promise<Downloaded> => {
        const source = { client, bucket: flags.bucket, key: file.name, signal: context.signal };
        return { name: file.name, ...(await downloadFile(source, file.path, progress)) };
      },
    );
    const outcome = { done: received.done, failed: [...plan.failed, ...received.failed] };
    if (flags.json === true) {
      const { done: downloaded, failed } = outcome;
      context.terminal.out(`${JSON.stringify({ bucket: flags.bucket, downloaded, failed }, undefined, 2)}\n`);
    }
    return reportOutcome(context.terminal, 'downloaded', outcome);
  });
}
