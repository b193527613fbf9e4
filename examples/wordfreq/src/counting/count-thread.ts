/** A thread that counts: it takes requests one after the other and answers each. It knows of no other thread but by the regions in shared memory. */
import { parentPort } from 'node:worker_threads';
import { findNotText } from './find-not-text.ts';
import { BLOCK_STEP } from './shared-layout.ts';
import { lowerCase } from './simple-lower-case.ts';
import type { ThreadAnswer, ThreadRequest } from './thread-messages.ts';
import { foldWord, unicodeWords } from './unicode-words.ts';
import { BAD, COUNTED, createWordMachine, type WordMachine } from './word-machine.ts';

type Open = Extract<ThreadRequest, { type: 'open' }>;
type Block = Extract<ThreadRequest, { type: 'block' }>;
type Settle = Extract<ThreadRequest, { type: 'settle' }>;

interface Work {
  readonly machine: WordMachine;
  plan: Open;
}

const works = new Map<number, Work>();

function handleRequest(request: ThreadRequest): ThreadAnswer {
  switch (request.type) {
    case 'open':
      return handleOpen(request);
    case 'block':
      return handleBlock(request, works.get(request.id)!);
    case 'settle':
      return handleSettle(request, works.get(request.id)!);
    case 'forget':
      works.delete(request.id);
      return { type: 'done' };
  }
}

function handleOpen(plan: Open): ThreadAnswer {
  const work = works.get(plan.id) ?? { machine: createWordMachine(plan.memory), plan };
  work.plan = plan;
  works.set(plan.id, work);
  work.machine.open(plan.region);
  return work.machine.isExhausted() ? { type: 'no-memory' } : { type: 'done' };
}

function handleBlock(block: Block, work: Work): ThreadAnswer {
  const { machine, plan } = work;
  const state = plan.rules === 'classic' ? countClassic(block, machine) : countUnicode(block, work);
  if (state === COUNTED) return { type: 'done' };
  if (state !== BAD) return { type: 'no-memory' };
  const finding = findNotText(machine.bytes(block.at, block.length), plan.maxWordBytes, true);
  if (finding === undefined) throw new Error('a block was found to be no text, and nothing is wrong with it');
  return { type: 'bad', finding };
}

/** White space goes behind the block, so that its last word ends as all others do. */
function countClassic({ at, length }: Block, machine: WordMachine): number {
  const end = (Math.floor(length / BLOCK_STEP) + 1) * BLOCK_STEP;
  machine.bytes(at + length, end - length).fill(0x20);
  return machine.count(at, at + end);
}

function countUnicode({ at, length, first }: Block, { machine, plan }: Work): number {
  const bytes = Buffer.from(machine.bytes(at, length));
  if (findNotText(bytes, plan.maxWordBytes, true) !== undefined) return BAD;
  for (const word of unicodeWords(bytes.toString('utf8'), first)) machine.add(word);
  return machine.isExhausted() ? -1 : COUNTED;
}

function handleSettle({ part, regions, top, stopWords }: Settle, { machine, plan }: Work): ThreadAnswer {
  const stops = stopWords.map(plan.rules === 'classic' ? lowerCase : foldWord);
  const settled = machine.settle(part, regions, top, stops);
  return machine.isExhausted() ? { type: 'no-memory' } : { type: 'settled', settled };
}

parentPort!.on('message', (request: ThreadRequest) => {
  parentPort!.postMessage(handleRequest(request));
});
