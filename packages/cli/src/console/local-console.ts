/** The console of `up`: its key in the data folder, its door on the cloud's endpoint, and its address. */
import { readFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import type { RunningCloud } from '@crescendo/cloud';
import { CONSOLE_PATH, consoleDoor } from '@crescendo/console';
import type { Front } from '@crescendo/node';
import { readOrMakeSecret } from '../credentials.ts';
import { loadDaemon } from '../daemon.ts';
import { ViewSource } from './view-source.ts';

export interface LocalConsoleOptions {
  /** Where the key lies; made when it is missing. */
  readonly keyFile: string;
  readonly front: Front;
  /** Undefined while it starts. */
  readonly cloud: () => RunningCloud | undefined;
  readonly speed: number;
}

export interface LocalConsole {
  readonly key: string;
  readonly listener: RequestListener;
}

export async function openLocalConsole(options: LocalConsoleOptions): Promise<LocalConsole> {
  const { keyFile, front, cloud, speed } = options;
  const key = await readOrMakeSecret(keyFile);
  const version = await ownVersion();
  const clock = (await loadDaemon()).realClock();
  const cluster = () => front.cluster();
  let source: ViewSource | undefined;
  const view = async () => {
    const running = cloud();
    if (running === undefined) throw new Error('the cloud is still starting; this takes some seconds');
    const { services, endpoint } = running;
    source ??= new ViewSource({ services, endpoint, version, speed, clock, cluster });
    return await source.view();
  };
  return { key, listener: consoleDoor({ key, view }) };
}

export function consoleAddress(endpoint: string, key: string): string {
  return `${endpoint}${CONSOLE_PATH}?key=${encodeURIComponent(key)}`;
}

async function ownVersion(): Promise<string> {
  const text = await readFile(join(import.meta.dirname, '../../package.json'), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}
