/**
 * A process for crash tests. `write FOLDER`: moves an amount between two records without end, and prints each round that is durable.
 * `fill FOLDER`: writes more and more until the disk refuses, prints what was durable and how it was refused. `hold FOLDER`: opens the
 * records, prints `held` and waits.
 */
import { openRecords } from '../open-records.ts';

const [mode, folder] = process.argv.slice(2);
const records = await openRecords(folder!);

if (mode === 'hold') {
  process.stdout.write('held\n');
  setInterval(() => {}, 1_000);
} else if (mode === 'fill') {
  const table = records.table<string>('test/filler');
  let durable = 0;
  try {
    for (let round = 1; ; round++) {
      for (let i = 0; i < 10; i++) table.put(`${round}/${i}`, 'x'.repeat(5_000));
      await records.durable();
      durable = round;
    }
  } catch (error) {
    const later = await records.durable().catch((failure: Error) => failure.message);
    process.stdout.write(`${JSON.stringify({ durable, message: (error as Error).message, later })}\n`);
  }
  await records.close().catch(() => undefined);
} else {
  const rounds = records.table<number>('test/rounds');
  const filler = records.table<{ readonly round: number; readonly text: string }>('test/filler');
  for (let round = (rounds.get('first') ?? 0) + 1; ; round++) {
    // One turn, so one transaction: both records or neither.
    rounds.put('first', round);
    for (let i = 0; i < 20; i++) filler.put(`${(round * 20 + i) % 400}`, { round, text: 'x'.repeat(300) });
    rounds.put('last', round);
    if (round % 3 === 0) {
      await records.durable();
      process.stdout.write(`${round}\n`);
    } else if (round % 2 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}
