import { createProseWriter, type ProseOptions } from './prose.ts';
import { randomFrom } from './random.ts';

export interface FilesOptions extends ProseOptions {
  readonly count: number;
  /** Sizes are spread evenly between these; 450,000 and 1,600,000 unless said. */
  readonly minBytes?: number;
  readonly maxBytes?: number;
}

export interface CorpusFile {
  /** `text-001.txt`, with as many digits as the count has, three at least. */
  readonly name: string;
  readonly bytes: number;
  /** The text, anew at each call. */
  chunks(): Generator<Uint8Array<ArrayBuffer>>;
}

/** Files of one vocabulary, the same for the same options. Nothing is made before `chunks` is called. */
export function corpusFiles(options: FilesOptions): CorpusFile[] {
  const { count, minBytes = 450_000, maxBytes = 1_600_000 } = options;
  if (!(minBytes >= 0 && maxBytes >= minBytes))
    throw new RangeError(`sizes from ${minBytes} to ${maxBytes}; 0 <= minBytes <= maxBytes is allowed`);
  const writer = createProseWriter(options);
  const random = randomFrom(options.seed + 0.5 * 2 ** 32);
  const digits = Math.max(3, String(count).length);
  return Array.from({ length: count }, (_, index) => {
    const bytes = minBytes + random.below(maxBytes - minBytes + 1);
    const name = `text-${String(index + 1).padStart(digits, '0')}.txt`;
    return { name, bytes, chunks: () => writer.write(index, bytes) };
  });
}
