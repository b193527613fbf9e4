import { ensureBucket } from '../client/bucket.ts';
import type { S3Client } from '../client/s3-client.ts';
import type { ClientFlags } from '../settings.ts';
import { ProgressDisplay } from '../terminal/progress-display.ts';
import type { Done, Outcome } from '../transfer/outcome.ts';
import { uploadFile } from '../transfer/upload-file.ts';
import type { UploadPlan } from '../transfer/upload-plan.ts';
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
    const sent = await send(client, plan, flags, context);
    const outcome = { done: sent.done, failed: [...plan.failed, ...sent.failed] };
    if (flags.json === true) {
      const { done: uploaded, failed } = outcome;
      context.terminal.out(`${JSON.stringify({ bucket: flags.bucket, uploaded, failed }, undefined, 2)}\n`);
    }
    return reportOutcome(context.terminal, 'uploaded', outcome);
  });
}

async function send(
  client: S3Client,
  plan: UploadPlan,
  flags: UploadFlags,
  context: CommandContext,
): Promise<Outcome<Uploaded>> {
  const display = new ProgressDisplay(context.terminal, {
    verb: 'uploaded',
    totalFiles: plan.files.length,
    totalBytes: plan.files.reduce((sum, file) => sum + file.bytes, 0),
    quiet: flags.quiet === true || flags.json === true,
    nowMs: () => performance.now(),
  });
  try {
    return await transferAll(plan.files, flags.parallel, display, context.signal, async (file, progress) => {
      const { bucket, parallel: partsAtOnce } = flags;
      const target = { client, bucket, key: file.name, signal: context.signal, partsAtOnce };
      return { name: file.name, ...(await uploadFile(target, file.path, progress)) };
    });
  } finally {
    display.end();
  }
}
