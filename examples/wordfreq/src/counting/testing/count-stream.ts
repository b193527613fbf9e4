/** A process that counts a stream of the length that it is told and prints what it needed: `node count-stream.ts BYTES`. */
import { createProseWriter } from '../../corpus/index.ts';
import { countWords } from '../index.ts';

const CHUNKS = 16;

/** The same text again and again: only its length grows, not its vocabulary. */
async function* stream(bytes: number): AsyncGenerator<Uint8Array> {
  const chunks = [...createProseWriter({ seed: 1 }).write(0, CHUNKS * 65_536)];
  for (let sent = 0, i = 0; sent < bytes; i++) {
    const chunk = chunks[i % CHUNKS]!.subarray(0, bytes - sent);
    yield chunk;
    sent += chunk.length;
  }
}

const { bytes, distinctWords } = await countWords(stream(Number(process.argv[2])));
const { maxRSS } = process.resourceUsage();
process.stdout.write(`${JSON.stringify({ bytes, distinctWords, peakMiB: maxRSS / 1_024 })}\n`);
