import { SEED } from './layout';

const MIX_LOW: u64 = (u64(0x9e3779b9) << 32) | 0x7f4a7c15;
const MIX_HIGH: u64 = (u64(0xd6e8feb8) << 32) | 0x6659fd93;

let seed: u64 = 0;

export function readSeed(): void {
  seed = load<u64>(SEED);
}

/** Of a word of up to 16 bytes, by its key. */
export function hashOfKey(low: u64, high: u64): u64 {
  let hash = (low ^ seed) * MIX_LOW;
  hash = (hash ^ (hash >> 32) ^ high) * MIX_HIGH;
  return hash ^ (hash >> 29);
}

/** Of a word of more than 16 bytes, by its bytes. */
export function hashOfBytes(from: usize, length: u32): u64 {
  let hash = seed ^ length;
  const last = from + length - 8;
  for (let here = from; here < last; here += 8) {
    hash = (hash ^ load<u64>(here)) * MIX_LOW;
    hash ^= hash >> 32;
  }
  return hashOfKey(hash, load<u64>(last));
}
