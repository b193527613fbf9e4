import { findNotText } from './find-not-text.ts';
import { NotTextError } from './not-text-error.ts';
import { lastWhiteSpace } from './white-space.ts';

/** Memory that is lent for one block. */
export interface BlockSlot {
  /** At least `slotBytes(shape)` long. */
  readonly bytes: Uint8Array;
  /**
   * Hands the first `length` bytes in. They begin and end between words; the slot is no longer the feeder's.
   *
   * @param offset where the block begins in the text
   */
  send(length: number, offset: number): void;
}

export interface BlockShape {
  /** What a block should hold. It holds more only when there is no white space to cut at. */
  readonly blockBytes: number;
  readonly maxWordBytes: number;
}

/** A word that is too long is noticed at the next multiple of the block after its limit. */
export function slotBytes({ blockBytes, maxWordBytes }: BlockShape): number {
  return blockBytes * (Math.ceil((maxWordBytes + 3) / blockBytes) + 1);
}

/**
 * Cuts a text before white space into blocks, so that no word is in two of them. Where it cuts does not depend on how the text comes in
 * chunks. An empty text makes no block.
 *
 * @param lend gives memory for the next block; it is asked only after the block before was sent
 * @returns the text's bytes
 * @throws NotTextError when a word is longer than allowed
 */
export async function feedBlocks(
  chunks: AsyncIterable<Uint8Array>,
  shape: BlockShape,
  lend: () => BlockSlot | Promise<BlockSlot>,
): Promise<number> {
  const { blockBytes } = shape;
  let slot: BlockSlot | undefined;
  let start = 0;
  let filled = 0;
  for await (const chunk of chunks) {
    for (let taken = 0; taken < chunk.length; ) {
      slot ??= await lend();
      const part = chunk.subarray(taken, taken + blockBytes - (filled % blockBytes));
      slot.bytes.set(part, filled);
      taken += part.length;
      filled += part.length;
      if (filled % blockBytes !== 0) continue;
      const cut = lastWhiteSpace(slot.bytes, Math.max(1, filled - blockBytes - 2), filled);
      if (cut === -1) {
        checkWord(slot.bytes.subarray(0, filled), start, shape);
        continue;
      }
      const rest = slot.bytes.slice(cut, filled);
      slot.send(cut, start);
      slot = await lend();
      slot.bytes.set(rest);
      start += cut;
      filled = rest.length;
    }
  }
  if (filled > 0) slot!.send(filled, start);
  return start + filled;
}

/** A block without white space to cut at is one word so far; one that begins with white space has a byte or three of it more. */
function checkWord(bytes: Uint8Array, start: number, { maxWordBytes }: BlockShape): void {
  if (bytes.length <= maxWordBytes) return;
  const finding = findNotText(bytes, maxWordBytes, false);
  if (finding !== undefined) throw new NotTextError(finding.reason, start + finding.offset, maxWordBytes);
}
