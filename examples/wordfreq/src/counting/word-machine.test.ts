import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSharedMemory, LINE, resetSharedMemory, TABLE_BYTES, TABLES } from './shared-layout.ts';
import { COUNTED, createWordMachine } from './word-machine.ts';

function setUp() {
  const shared = createSharedMemory(2, 4_096, 1_024);
  resetSharedMemory(shared);
  const machines = shared.regions.map((region) => {
    const machine = createWordMachine(shared.memory);
    machine.open(region);
    return machine;
  });
  const [first, second] = machines;
  return { ...shared, first: first!, second: second! };
}

/** Counts a text of less than 64 bytes. */
function count({ first, slots }: ReturnType<typeof setUp>, text: string): void {
  const slot = slots[0]!;
  slot.fill(0x20, 0, 64);
  slot.set(Buffer.from(text));
  assert.equal(first.count(slot.byteOffset, slot.byteOffset + 64), COUNTED);
}

test('[WE5] counts go on above 32 bits, and merge there', () => {
  const setting = setUp();
  const { memory, regions, first, second } = setting;
  count(setting, 'alpha alpha alpha betas a-word-of-more-than-16-bytes');
  for (let table = 0; table < TABLES; table++) {
    const [base, last] = new Uint32Array(memory.buffer, regions[0]! + table * TABLE_BYTES, 2);
    const words = new Uint32Array(memory.buffer, base, last! / 4 + 16);
    for (let at = LINE.counts / 4; at < words.length; at += LINE.bytes / 4)
      for (let slot = 0; slot < LINE.slots; slot++)
        if (words[at + slot]! > 0) words[at + slot]! += 0xffff_fff0;
  }
  for (let i = 0; i < 20; i++) count(setting, 'alpha a-word-of-more-than-16-bytes');
  const added = 0xffff_fff0;
  // The second thread, which counted nothing, takes every other table from the first.
  const parts = [first, second].map((machine, part) => machine.settle(part, regions, 10, []));
  const words = parts.flatMap((part) => part.words).sort((a, b) => b.count - a.count);
  assert.deepEqual(words, [
    { word: 'alpha', count: added + 23 },
    { word: 'a-word-of-more-than-16-bytes', count: added + 21 },
    { word: 'betas', count: added + 1 },
  ]);
});
