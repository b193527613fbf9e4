/** An SQS service of one process over HTTP (JSON protocol), as far as senders use it: it takes messages and can be told to fail. */
import { hash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

interface SentEntry {
  readonly Id: string;
  readonly MessageBody: string;
}

interface SendRequest {
  readonly QueueUrl: string;
  readonly MessageBody?: string;
  readonly Entries?: readonly SentEntry[];
}

export class HttpQueue {
  /** Bodies by the name of their queue, in the order in which they came. */
  readonly messages = new Map<string, string[]>();
  /** `AmazonSQS.SendMessage` and its like, with what signed them. */
  readonly calls: { readonly target: string; readonly authorization: string }[] = [];
  /** Queues that are not there. */
  readonly missing = new Set<string>();
  /** Why a single message of a batch is refused, if so. */
  refuses: (body: string) => boolean = () => false;
  #server: Server | undefined;
  #port = 0;

  static async open(): Promise<HttpQueue> {
    const queue = new HttpQueue();
    await queue.start();
    return queue;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** On the port of last time. */
  async start(): Promise<void> {
    const server = createServer((request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (more: string) => {
        text += more;
      });
      request.on('end', () => {
        const target = String(request.headers['x-amz-target']);
        this.calls.push({ target, authorization: request.headers.authorization ?? '' });
        const [status, answer] = this.#answer(JSON.parse(text) as SendRequest);
        response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
        response.end(JSON.stringify(answer));
      });
    });
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Nobody listens any more; messages stay. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  of(name: string): readonly string[] {
    return this.messages.get(name) ?? [];
  }

  #answer({ QueueUrl, MessageBody, Entries }: SendRequest): [number, object] {
    const name = QueueUrl.slice(QueueUrl.lastIndexOf('/') + 1);
    if (this.missing.has(name)) {
      const type = 'com.amazonaws.sqs#QueueDoesNotExist';
      return [400, { __type: type, message: 'The specified queue does not exist.' }];
    }
    if (MessageBody !== undefined) {
      this.#take(name, MessageBody);
      return [200, { MessageId: 'm', MD5OfMessageBody: hash('md5', MessageBody) }];
    }
    const entries = Entries ?? [];
    const taken = entries.filter((entry) => !this.refuses(entry.MessageBody));
    for (const entry of taken) this.#take(name, entry.MessageBody);
    const failed = entries.filter((entry) => !taken.includes(entry));
    return [
      200,
      {
        Successful: taken.map((entry) => ({
          Id: entry.Id,
          MessageId: 'm',
          MD5OfMessageBody: hash('md5', entry.MessageBody),
        })),
        Failed: failed.map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: false, Message: 'no' })),
      },
    ];
  }

  #take(name: string, body: string): void {
    this.messages.set(name, [...this.of(name), body]);
  }
}
