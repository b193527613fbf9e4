import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

export interface ClientResult {
  readonly status: number | null;
  readonly output: string;
  readonly errors: string;
}

export interface RunOptions {
  readonly folder?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  /** The client is ended after this time. */
  readonly limitMs?: number;
}

const LIMIT_MS = 120_000;

/** Why the tests of a client are skipped; false when it is installed. */
export function whyAbsent(program: string, versionArguments: readonly string[]): string | false {
  const { error, status } = spawnSync(program, versionArguments, { stdio: 'ignore', env: ownEnvironment() });
  if (error === undefined && status === 0) return false;
  return `"${program} ${versionArguments.join(' ')}" does not run here: ${error?.message ?? `status ${status}`}`;
}

/** Runs a program to its end and gives what it printed. */
export async function runClient(
  program: string,
  programArguments: readonly string[],
  options: RunOptions,
): Promise<ClientResult> {
  const child = spawn(program, programArguments, {
    stdio: ['pipe', 'pipe', 'pipe'],
    cwd: options.folder,
    env: { ...ownEnvironment(), ...options.environment },
    timeout: options.limitMs ?? LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  const text = { output: '', errors: '' };
  child.stdout.setEncoding('utf8').on('data', (more: string) => {
    text.output += more;
  });
  child.stderr.setEncoding('utf8').on('data', (more: string) => {
    text.errors += more;
  });
  child.stdin.on('error', () => undefined); // It may end without having read everything.
  child.stdin.end(options.input ?? '');
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, ...text };
}

/** Without the keys, settings and proxies of whoever runs the tests; no configuration of theirs is read either. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const foreign = /^(AWS_|RCLONE_|RESTIC_|S3CMD|NODE_TEST_CONTEXT|NODE_CHANNEL_FD|BOTO|.*_proxy$)/i;
  const kept = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return {
    ...Object.fromEntries(kept),
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_PAGER: '',
    RCLONE_CONFIG: '/dev/null',
    PYTHONIOENCODING: 'utf-8',
    LC_ALL: 'C.UTF-8',
  };
}
