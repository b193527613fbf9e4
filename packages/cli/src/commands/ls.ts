import type { ListedFile } from '../client/bucket.ts';
import { listFiles } from '../client/bucket.ts';
import { AnswerError } from '../client/request-failure.ts';
import { CommandFailure } from '../failures.ts';
import type { ClientFlags } from '../settings.ts';
import { printable } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { CommandContext, CommandStatus } from './command-context.ts';
import { withClient } from './with-client.ts';

export interface LsFlags extends ClientFlags {
  readonly bucket: string;
  readonly json?: boolean;
}

/** The bucket that commands use unless told; that it is missing only means that nothing was uploaded yet. */
export const DEFAULT_BUCKET = 'files';

export async function ls(prefix: string, flags: LsFlags, context: CommandContext): Promise<CommandStatus> {
  return await withClient<CommandStatus>(flags, context, async (client) => {
    const print = flags.json === true ? jsonPrinter(context.terminal) : linePrinter(context.terminal);
    try {
      for await (const file of listFiles(client, flags.bucket, prefix)) print.file(file);
    } catch (error) {
      if (!(error instanceof AnswerError) || error.code !== 'NoSuchBucket') throw error;
      if (flags.bucket !== DEFAULT_BUCKET) {
        throw new CommandFailure(`there is no bucket "${flags.bucket}": uploading to it makes it`, {
          cause: error,
        });
      }
    }
    print.end();
    return 0;
  });
}

interface FilePrinter {
  file(file: ListedFile): void;
  end(): void;
}

/** Time in UTC, size in bytes, name. */
function linePrinter(terminal: Terminal): FilePrinter {
  return {
    file: ({ name, bytes, modified }) => {
      const time = modified.replace('T', ' ').replace(/(\.\d+)?Z$/, '');
      terminal.out(`${time}  ${String(bytes).padStart(14)}  ${printable(name)}\n`);
    },
    end: () => undefined,
  };
}

/** One array, written as the pages come. */
function jsonPrinter(terminal: Terminal): FilePrinter {
  let count = 0;
  return {
    file: (file) => terminal.out(`${count++ === 0 ? '[\n  ' : ',\n  '}${JSON.stringify(file)}`),
    end: () => terminal.out(count === 0 ? '[]\n' : '\n]\n'),
  };
}
