/** How a command ends other than well: the message is for the person at the terminal and says what to do next. */

/** The command was called wrongly: exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The command was called rightly and failed: exit status 1. */
export class CommandFailure extends Error {
  override readonly name: string = 'CommandFailure';

  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
  }
}

/** No server was ever found at the endpoint: true of every file alike. */
export class NothingAnswers extends CommandFailure {
  constructor(endpoint: string, cause: unknown) {
    super(
      `nothing answers at ${endpoint} (${systemCode(cause) ?? 'no connection'}). Start the store with "crescendo up", or name another endpoint with --endpoint or AWS_ENDPOINT_URL.`,
      { cause },
    );
  }
}

export const EXIT_STATUS = { done: 0, failed: 1, calledWrongly: 2 } as const;

/** The code of a system error such as `ENOENT`; undefined for everything else. */
export function systemCode(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const code: unknown = Reflect.get(thrown, 'code');
  return typeof code === 'string' ? code : undefined;
}

const SYSTEM_TEXT: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'permission was denied',
  EPERM: 'permission was denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is a file, not a folder',
  ENOSPC: 'the disk is full',
  EROFS: 'the file system is read-only',
  ELOOP: 'it is a loop of symbolic links',
  ENAMETOOLONG: 'the name is too long for this file system',
  EMFILE: 'too many files are open',
};

/** A system error in words; the message itself for everything else. */
export function reasonOf(thrown: unknown): string {
  const code = systemCode(thrown);
  const text = code === undefined ? undefined : SYSTEM_TEXT[code];
  if (text !== undefined) return `${text} (${code})`;
  return thrown instanceof Error ? thrown.message : String(thrown);
}
