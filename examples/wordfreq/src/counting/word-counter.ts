import { countClassicWords, lowerCase } from './classic-words.ts';
import { type CountOptions, type CountPlan, planCount } from './count-options.ts';
import { type BlockSlot, feedBlocks, slotBytes } from './feed-blocks.ts';
import { findNotText } from './find-not-text.ts';
import { NotTextError } from './not-text-error.ts';
import { countUnicodeWords, foldWord } from './unicode-words.ts';
import { topWords, type WordCounts } from './word-counts.ts';

const BLOCK_BYTES = 256 * 1_024;

/**
 * Counts the words of a text that comes in chunks. It holds the different words and a few blocks, never the text.
 *
 * @throws NotTextError for a NUL byte, invalid UTF-8 or a word longer than `maxWordBytes`; RangeError for an option that is not allowed;
 *   whatever `chunks` throws
 */
export async function countWords(
  chunks: AsyncIterable<Uint8Array>,
  options: CountOptions = {},
): Promise<WordCounts> {
  const plan = planCount(options);
  const counts = new Map<string, number>();
  const shape = { blockBytes: BLOCK_BYTES, maxWordBytes: plan.maxWordBytes };
  const memory = new Uint8Array(slotBytes(shape));
  const slot: BlockSlot = {
    bytes: memory,
    send: (length, offset) => countBlock(memory.subarray(0, length), offset, plan, counts),
  };
  const bytes = await feedBlocks(chunks, shape, () => slot);
  for (const word of plan.stopWords)
    counts.delete(plan.rules === 'classic' ? lowerCase(word) : foldWord(word));
  const all = [...counts].map(([word, count]) => ({ word, count }));
  return { words: topWords(all, plan.top), distinctWords: counts.size, bytes };
}

function countBlock(
  block: Uint8Array,
  offset: number,
  { rules, maxWordBytes }: CountPlan,
  counts: Map<string, number>,
): void {
  const finding = findNotText(block, maxWordBytes, true);
  if (finding !== undefined) throw new NotTextError(finding.reason, offset + finding.offset, maxWordBytes);
  const text = Buffer.from(block.buffer, block.byteOffset, block.length).toString('utf8');
  (rules === 'classic' ? countClassicWords : countUnicodeWords)(text, counts);
}
