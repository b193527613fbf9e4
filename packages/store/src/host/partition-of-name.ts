/** The partition that a name belongs to: the first 16 bits of its SHA-1, scaled. Part of the stored format. */
export function partitionOfName(sha1: Uint8Array, partitionCount: number): number {
  return Math.floor((((sha1[0]! << 8) | sha1[1]!) * partitionCount) / 65_536);
}
