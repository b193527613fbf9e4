import { errorDocument } from '@crescendo/s3';
import type { Exchange } from './exchange.ts';
import { toS3Error } from './store-errors.ts';

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';
const BLANK_EVERY_MS = 5_000;

/**
 * Answers with the document that long work comes to. Clients give up after a minute without a byte, and would begin the work once more; so
 * from `patienceMs` on blanks go ahead of the document, as S3 does it.
 *
 * (P1) Work that ends in time has its own status. Later the status is 200 already, and a failure stands in the body as an `Error`
 * document: clients of S3 look for it there.
 * (P2) The work goes on when the client has gone: it may have been done already.
 */
export async function replyPatiently(
  exchange: Exchange,
  patienceMs: number,
  work: () => Promise<string>,
): Promise<void> {
  const blanks = new Blanks(exchange, patienceMs);
  try {
    const document = await work();
    if (blanks.begun) blanks.end(document);
    else exchange.replyXml(document);
  } catch (failure) {
    if (!blanks.begun) throw failure; // (P1)
    const error = toS3Error(failure, exchange.subject);
    exchange.error = error;
    blanks.end(errorDocument(error, exchange.head?.path ?? '/', exchange.requestId));
  } finally {
    blanks.stop();
  }
}

/** White space between the declaration of a document, which must come first, and its root. */
class Blanks {
  begun = false;
  readonly #exchange: Exchange;
  #timer: NodeJS.Timeout;

  constructor(exchange: Exchange, patienceMs: number) {
    this.#exchange = exchange;
    this.#timer = setTimeout(() => this.#begin(), patienceMs);
  }

  #begin(): void {
    if (this.#exchange.isGone) return; // (P2)
    this.begun = true;
    this.#exchange.begin(200, ['content-type', 'application/xml']);
    this.#exchange.response.write(DECLARATION);
    this.#timer = setInterval(() => this.#exchange.response.write(' '), BLANK_EVERY_MS);
  }

  end(document: string): void {
    this.#exchange.response.end(document.replace(DECLARATION, ''));
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
