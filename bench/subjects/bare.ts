import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** The bare server's process. */
export class BareServer {
  readonly port: number;
  readonly pid: number;
  private readonly child: ChildProcess;

  static async start(folder: string): Promise<BareServer> {
    const child = fork(join(import.meta.dirname, 'bare-server.ts'), [folder], { execArgv: [] });
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    return new BareServer(child, port);
  }

  private constructor(child: ChildProcess, port: number) {
    this.child = child;
    this.port = port;
    this.pid = child.pid!;
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.disconnect();
    await ended;
  }
}
