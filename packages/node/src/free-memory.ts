/** Less is not worth the call. */
const LEAST_BYTES = 16 * 1024;

/**
 * Gives the memory of bytes from a socket back at once, when nobody else can have a part of it: nothing of them can be read afterwards. The collector
 * would look at the whole heap every dozen megabytes to find the same.
 */
export function freeMemory({ buffer, byteLength }: Uint8Array): void {
  if (byteLength < LEAST_BYTES || byteLength !== buffer.byteLength) return;
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}
