import type { ClientFlags } from '../settings.ts';
import { connectionFor } from '../settings.ts';
import type { CommandContext, CommandStatus } from './command-context.ts';

export interface EnvFlags extends ClientFlags {
  readonly json?: boolean;
}

/** Prints what other S3 clients need, for `eval "$(crescendo env)"`. */
export async function env(flags: EnvFlags, context: CommandContext): Promise<CommandStatus> {
  const { endpoint, region, keys, sessionToken } = await connectionFor(flags, context.environment);
  const variables: Record<string, string> = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    ...(sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: sessionToken }),
    AWS_REGION: region,
    // The AWS CLI and boto3 read this one.
    AWS_DEFAULT_REGION: region,
  };
  if (flags.json === true) context.terminal.out(`${JSON.stringify(variables, undefined, 2)}\n`);
  else
    for (const [name, value] of Object.entries(variables))
      context.terminal.out(`export ${name}=${shellQuote(value)}\n`);
  return 0;
}

export function shellQuote(text: string): string {
  return /^[A-Za-z0-9_./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
