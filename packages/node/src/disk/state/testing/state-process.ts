/**
 * A process for crash tests. `write FOLDER`: writes rounds without end and prints each one that is flushed. `read
 * FOLDER`: prints what the database holds, or why it can't be used. `close FOLDER`: closes while it flushes, again and again. `fill FOLDER`:
 * writes more and more until the disk refuses, goes on with what is still possible, closes, and prints how each of it went.
 */
import { utf8 } from '@crescendo/base';
import { openState } from '../open-state.ts';

export const KEYS_A_ROUND = 20;

const [mode, folder] = process.argv.slice(2);
const told: string[] = [];
const opening = await openState({ folder: folder!, onFailure: ({ message }) => told.push(message) });
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
} else if (mode === 'close') {
  let { state } = opening;
  for (let round = 1; round <= 30; round++) {
    state.write((writer) => writer('1').put(utf8('key'), Buffer.alloc(300_000, round)));
    const flushes = Array.from({ length: 5 }, () => state.flush().catch(() => undefined));
    await new Promise((resolve) => setTimeout(resolve, round % 10));
    await state.close();
    await Promise.all(flushes);
    const again = await openState({ folder: folder! });
    if (!again.ok) throw new Error(again.reason);
    state = again.state;
  }
  await state.close();
  console.log('closed');
} else if (mode === 'fill') {
  const { state } = opening;
  const put = (round: number): void =>
    state.write((writer) => {
      for (let i = 0; i < KEYS_A_ROUND; i++)
        writer('1').put(utf8(`key ${round}/${i}`), Buffer.alloc(3_000, `${round}`));
    });
  const refusal = (): Promise<string | undefined> =>
    state.flush().then(
      () => undefined,
      (error: Error) => error.message,
    );
  let flushed = 0;
  let refused: string | undefined;
  while (refused === undefined) {
    put(flushed + 1);
    refused = await refusal();
    if (refused === undefined) flushed++;
  }
  const reader = state.reader('1');
  const found = (round: number): number => [...reader.range(roundOf(round))].length;
  put(flushed + 2);
  state.write((writer) => writer('1').remove(utf8('key 1/0')));
  const snapshot = state.snapshot('1');
  const seen = { first: found(1), flushed: found(flushed), later: found(flushed + 2) };
  const frozen = [...snapshot.range(roundOf(1))].length;
  snapshot.close();
  const again = await refusal();
  await state.close();
  console.log(JSON.stringify({ flushed, refused, again, told, seen, frozen }));
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

function roundOf(round: number): { start: Uint8Array; end: Uint8Array } {
  return { start: utf8(`key ${round}/`), end: utf8(`key ${round}0`) };
}
