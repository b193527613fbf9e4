/**
 * `npm run soak:queues -- [--kills 30] [--seed N] [--producers 3] [--consumers 4]`
 *
 * Sends, receives and deletes while the cloud is killed with SIGKILL at random moments and started again. Ends with status 1 when an
 * acknowledged message is lost, one is delivered again within its visibility time or after its deletion, or a group is out of order.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { numberOption } from '../number-option.ts';
import { checkQueues, reportLines } from './check-queues.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '30' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    producers: { type: 'string', default: '3' },
    consumers: { type: 'string', default: '4' },
  },
});

const number = (name: keyof typeof values, least: number): number => numberOption(name, values[name], least);

const folder = await mkdtemp(join(tmpdir(), 'crescendo-queues-'));
const seed = number('seed', 0);
process.stdout.write(`seed ${seed}\n`);
try {
  const result = await checkQueues({
    folder: join(folder, 'cloud'),
    seed,
    kills: number('kills', 1),
    producers: number('producers', 1),
    consumers: number('consumers', 1),
    tell: (line) => process.stderr.write(`${line}\n`),
  });
  process.stdout.write(`${reportLines(result).join('\n')}\n`);
  process.exitCode = result.standard.violations.length + result.fifo.violations.length === 0 ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}
