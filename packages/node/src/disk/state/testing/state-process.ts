/**
 * A process for crash tests. `write FOLDER`: writes rounds without end and prints each one that is flushed. `read
 * FOLDER`: prints what the database holds, or why it can't be used.
 */
import { utf8 } from '@crescendo/base';
import { openState } from '../open-state.ts';

export const KEYS_A_ROUND = 20;

const [mode, folder] = process.argv.slice(2);
const opening = await openState({ folder: folder! });
if (!opening.ok) {
  console.log(`reason ${opening.reason}`);
} else if (mode === 'read') {
  const reader = opening.state.reader('1');
  const values = Array.from({ length: KEYS_A_ROUND }, (_, i) => reader.get(utf8(`key ${i}`)));
  console.log(
    `rounds ${values
      .map((value) =>
        Buffer.from(value ?? [])
          .subarray(0, 12)
          .toString()
          .trim(),
      )
      .join(',')}`,
  );
  await opening.state.close();
} else {
  for (let round = 1; ; round++) {
    const value = Buffer.alloc(700, `${round}`.padEnd(12));
    opening.state.write((writer) => {
      for (let i = 0; i < KEYS_A_ROUND; i++) writer('1').put(utf8(`key ${i}`), value);
      writer('1').put(utf8(`filler ${round % 500}`), value);
    });
    if (round % 7 === 0) {
      await opening.state.flush();
      process.stdout.write(`${round}\n`);
    } else if (round % 2 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}
