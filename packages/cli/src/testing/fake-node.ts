/**
 * A child for the supervisor's tests, run by the command's own code over a daemon that does nothing. How it behaves is said by
 * the environment: CHILD_MODE is `serve`, `die`, `leave` or `stubborn`; it notes what happens to it in the file CHILD_NOTES.
 */
import { appendFileSync } from 'node:fs';
import type { NodeOptions, RunningNode } from '@crescendo/node';
import { runNode } from '../commands/node.ts';
import { memoryTerminal } from './memory-terminal.ts';

const mode = process.env.CHILD_MODE ?? 'serve';

function note(text: string): void {
  appendFileSync(process.env.CHILD_NOTES!, `${process.pid} ${text}\n`);
}

const OPTIONS: NodeOptions = {
  dataDir: '',
  host: '127.0.0.1',
  peerPort: 0,
  s3Port: 0,
  adminPort: 0,
  bare: false,
  zone: '',
  weight: 1,
  replicationFactor: 3,
  partitionCount: 64,
  secretFile: '',
  credentials: [],
  devKeys: false,
};

async function startNode(): Promise<Omit<RunningNode, 'fleet'>> {
  const stopped = Promise.withResolvers<'stopped' | 'left'>();
  const busy = setInterval(() => undefined, 1_000);
  const stop = async (): Promise<void> => {
    note('asked to stop');
    if (mode === 'stubborn') return;
    clearInterval(busy);
    stopped.resolve('stopped');
  };
  if (mode === 'leave') {
    clearInterval(busy);
    stopped.resolve('left');
  }
  const addresses = { peer: '', s3: '', admin: '' };
  return { nodeId: 'fake', addresses, ready: Promise.resolve(), stopped: stopped.promise, stop };
}

const controller = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => controller.abort());
note('started');
if (mode === 'die') process.exit(3);
const context = { terminal: memoryTerminal(), environment: {}, signal: controller.signal };
await runNode({ startNode }, OPTIONS, context);
note('ended');
process.exit(0);
