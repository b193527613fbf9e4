import type { NotTextReason } from './not-text-error.ts';
import { whiteSpaceAt } from './white-space.ts';

/** The first thing in a block that no text has. */
export interface NotTextFinding {
  readonly reason: NotTextReason;
  /** From the start of the block. */
  readonly offset: number;
}

/**
 * Looks through a block byte by byte. Slow, and run only over a block that was found to be bad, to say where and why.
 *
 * @param whole false when the block's last character may go on after it
 */
export function findNotText(
  bytes: Uint8Array,
  maxWordBytes: number,
  whole: boolean,
): NotTextFinding | undefined {
  let wordStart = 0;
  for (let at = 0; at < bytes.length; ) {
    if (bytes[at] === 0) return { reason: 'nul', offset: at };
    const space = whiteSpaceAt(bytes, at, bytes.length);
    const length = space > 0 ? space : characterBytes(bytes, at);
    if (length === 0)
      return whole || !isCutOff(bytes, at) ? { reason: 'invalid-utf-8', offset: at } : undefined;
    at += length;
    if (space > 0) wordStart = at;
    else if (at - wordStart > maxWordBytes) return { reason: 'long-word', offset: wordStart };
  }
  return undefined;
}

/** Bytes of the character that begins at `at`, 0 when what stands there is none (table 3-7 of the Unicode Standard). */
function characterBytes(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return 1;
  const length = lengthByLead(first);
  for (let i = 1; i < length; i++) if (!continues(first, i, bytes[at + i])) return 0;
  return length;
}

function lengthByLead(lead: number): number {
  if (lead < 0xc2 || lead > 0xf4) return 0;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}

/** The second byte is bounded for some leads: no overlong forms, no surrogates, nothing above U+10FFFF. */
function continues(lead: number, index: number, byte: number | undefined): boolean {
  if (byte === undefined || byte < 0x80 || byte > 0xbf) return false;
  if (index > 1) return true;
  if (lead === 0xe0) return byte >= 0xa0;
  if (lead === 0xed) return byte <= 0x9f;
  if (lead === 0xf0) return byte >= 0x90;
  return lead !== 0xf4 || byte <= 0x8f;
}

/** Whether all bytes from `at` to the end begin a character that lacks only what would follow. */
function isCutOff(bytes: Uint8Array, at: number): boolean {
  const lead = bytes[at]!;
  if (bytes.length - at >= lengthByLead(lead)) return false;
  for (let i = 1; at + i < bytes.length; i++) if (!continues(lead, i, bytes[at + i])) return false;
  return true;
}
