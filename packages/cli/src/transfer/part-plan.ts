/** How a file is cut for a multipart upload. */
export interface PlannedPart {
  /** From 1. */
  readonly number: number;
  readonly start: number;
  readonly bytes: number;
}

const MIB = 1024 * 1024;
const MOST_PARTS = 10_000;

/** Files up to this size go in one request, and so lie in memory once while they are sent. */
export const PART_BYTES = 16 * MIB;

/** Parts of 16 MiB, larger ones only where S3's limit of 10,000 parts asks for it; in whole MiB. */
export function planParts(fileBytes: number, leastPartBytes = PART_BYTES): PlannedPart[] {
  const needed = Math.ceil(fileBytes / MOST_PARTS / MIB) * MIB;
  const partBytes = Math.max(leastPartBytes, needed);
  const parts: PlannedPart[] = [];
  for (let start = 0; start < fileBytes; start += partBytes) {
    parts.push({ number: parts.length + 1, start, bytes: Math.min(partBytes, fileBytes - start) });
  }
  return parts;
}
