import { ensureBucket } from '../client/bucket.ts';
import type { ClientFlags } from '../settings.ts';
import type { Done } from '../transfer/outcome.ts';
import { uploadFile } from '../transfer/upload-file.ts';
import { planUpload } from '../transfer/upload-plan.ts';
import type { CommandContext, CommandStatus } from './command-context.ts';
import { reportOutcome } from './report.ts';
import { transferAll } from './transfer-all.ts';
import { withClient } from './with-client.ts';

export interface UploadFlags extends ClientFlags {
  readonly bucket: string;
  readonly prefix: string;
  readonly parallel: number;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

interface Uploaded extends Done {
  readonly etag: string;
}

export async function upload(
  paths: readonly string[],
  flags: UploadFlags,
  context: CommandContext,
): Promise<CommandStatus> {
  const plan = await planUpload(paths, flags.prefix);
  return await withClient<CommandStatus>(flags, context, async (client) => {
    if (plan.files.length > 0) await ensureBucket(client, flags.bucket);
    const sent = await transferAll(
      'uploaded',
      plan.files,
      flags,
      context,
      async (file, progress): Promise<Uploaded> => {
        const { bucket, parallel: partsAtOnce } = flags;
        const target = { client, bucket, key: file.name, signal: context.signal, partsAtOnce };
        return { name: file.name, ...(await uploadFile(target, file.path, progress)) };
      },
    );
    const outcome = { done: sent.done, failed: [...plan.failed, ...sent.failed] };
    if (flags.json === true) {
      const { done: uploaded, failed } = outcome;
      context.terminal.out(`${JSON.stringify({ bucket: flags.bucket, uploaded, failed }, undefined, 2)}\n`);
    }
    return reportOutcome(context.terminal, 'uploaded', outcome);
  });
}
