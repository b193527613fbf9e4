/** Why bytes are not a text whose words can be counted. */
export type NotTextReason = 'nul' | 'invalid-utf-8' | 'long-word';

const WHAT: Readonly<Record<NotTextReason, string>> = {
  nul: 'a NUL byte',
  'invalid-utf-8': 'bytes that are not UTF-8',
  'long-word': 'a word that is longer than',
};

/** What was given is no text. Counting it again gives the same answer. */
export class NotTextError extends Error {
  readonly code = 'NotText';
  readonly retryable = false;
  /** Bytes before the NUL, the invalid sequence, or the first byte of the word. */
  readonly offset: number;
  readonly reason: NotTextReason;

  constructor(reason: NotTextReason, offset: number, maxWordBytes: number) {
    const limit = reason === 'long-word' ? ` ${maxWordBytes} bytes (maxWordBytes)` : '';
    super(`not a text: ${WHAT[reason]}${limit} at byte ${offset}; only UTF-8 text can be counted`);
    this.name = 'NotTextError';
    this.offset = offset;
    this.reason = reason;
  }
}
