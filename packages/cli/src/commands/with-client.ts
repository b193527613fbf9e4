import { S3Client } from '../client/s3-client.ts';
import type { ClientFlags } from '../settings.ts';
import { connectionFor } from '../settings.ts';
import type { CommandContext } from './command-context.ts';

/** Opens a client for the work and closes its connections afterwards. */
export async function withClient<T>(
  flags: ClientFlags,
  context: CommandContext,
  work: (client: S3Client) => Promise<T>,
): Promise<T> {
  const client = new S3Client(await connectionFor(flags, context.environment));
  try {
    return await work(client);
  } finally {
    client.close();
  }
}
