import { FREE } from './layout';

/** Bytes that one thread takes at once for long words. */
const PIECE: u32 = 32_768;
const PAGE: u64 = 65_536;
const ALIGNED: u64 = 63;

let pieceAt: u32 = 0;
let pieceEnd: u32 = 0;

/** Memory of this thread's own, not cleared; 0 when there is none left. It is given back with all the rest, after the count. */
export function allocate(bytes: u32): u32 {
  const size = (u64(bytes) + ALIGNED) & ~ALIGNED;
  const at = atomic.add<u64>(FREE, size);
  const end = at + size;
  while (u64(memory.size()) * PAGE < end) {
    const pages = (end - u64(memory.size()) * PAGE + PAGE - 1) / PAGE;
    // Another thread may have grown it meanwhile: then this one looks again.
    if (memory.grow(i32(pages)) < 0 && u64(memory.size()) * PAGE < end) return 0;
  }
  return u32(at);
}

/** As `allocate`, for little things. */
export function allocateSmall(bytes: u32): u32 {
  const size = (bytes + 7) & ~7;
  if (size > PIECE / 4) return allocate(size);
  if (pieceEnd - pieceAt < size) {
    const piece = allocate(PIECE);
    if (piece === 0) return 0;
    pieceAt = piece;
    pieceEnd = piece + PIECE;
  }
  const at = pieceAt;
  pieceAt += size;
  return at;
}

export function forgetPieces(): void {
  pieceAt = 0;
  pieceEnd = 0;
}
