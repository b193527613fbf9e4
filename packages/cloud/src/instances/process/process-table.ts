/** The processes of this machine, as far as they matter to instances. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';

export interface ProcessEntry {
  readonly pid: number;
  readonly parentPid: number;
  readonly group: number;
  /** Names the process together with its pid: a number that is used again has another one. */
  readonly startedAt: string;
  /** Ended, but not yet collected by its parent. */
  readonly ended: boolean;
  /** Held by SIGSTOP or a debugger. */
  readonly stopped: boolean;
  readonly cpuMs: number;
  /** Processor time of children that have ended and were waited for. */
  readonly childrenCpuMs: number;
  readonly memoryBytes: number;
}

export interface ProcessTable {
  list(): Promise<readonly ProcessEntry[]>;
  find(pid: number): Promise<ProcessEntry | undefined>;
  /** The value of a variable in the environment that the process was started with; undefined where it cannot be read. */
  variableOf(pid: number, name: string): string | undefined;
}

const TICK_MS = 10; // USER_HZ is 100 on every architecture that Node runs on.
const PAGE_BYTES = 4096;

export function openProcessTable(): ProcessTable {
  return existsSync('/proc/self/stat') ? new ProcFolder('/proc') : new ProcessList();
}

/** Linux. */
export class ProcFolder implements ProcessTable {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async list(): Promise<readonly ProcessEntry[]> {
    const entries: ProcessEntry[] = [];
    for (const name of readdirSync(this.#root)) {
      if (name.charCodeAt(0) > 57) continue; // Not a number.
      const entry = this.#read(name);
      if (entry !== undefined) entries.push(entry);
    }
    return entries;
  }

  async find(pid: number): Promise<ProcessEntry | undefined> {
    return this.#read(String(pid));
  }

  variableOf(pid: number, name: string): string | undefined {
    try {
      const text = readFileSync(`${this.#root}/${pid}/environ`, 'utf8');
      const found = text.split('\0').find((pair) => pair.startsWith(`${name}=`));
      return found?.slice(name.length + 1);
    } catch {
      return undefined; // Ended meanwhile, or another user's.
    }
  }

  #read(name: string): ProcessEntry | undefined {
    try {
      return parseStat(readFileSync(`${this.#root}/${name}/stat`, 'utf8'));
    } catch {
      return undefined; // Ended since the folder was read, or no process at all.
    }
  }
}

/** `/proc/PID/stat`: the name is in parentheses and may hold anything, so fields are counted from the last one that closes. */
export function parseStat(text: string): ProcessEntry | undefined {
  const close = text.lastIndexOf(')');
  const fields = text.slice(close + 2).split(' ');
  const pid = Number.parseInt(text, 10);
  if (close < 0 || fields.length < 22 || Number.isNaN(pid)) return undefined;
  const number = (index: number): number => Number(fields[index]);
  const state = fields[0];
  return {
    pid,
    parentPid: number(1),
    group: number(2),
    startedAt: fields[19]!,
    ended: state === 'Z' || state === 'X',
    stopped: state === 'T' || state === 't',
    cpuMs: (number(11) + number(12)) * TICK_MS,
    childrenCpuMs: (number(13) + number(14)) * TICK_MS,
    memoryBytes: number(21) * PAGE_BYTES,
  };
}

/** Systems without /proc: asks `ps`. */
export class ProcessList implements ProcessTable {
  async list(): Promise<readonly ProcessEntry[]> {
    const columns = 'pid=,ppid=,pgid=,stat=,rss=,time=,lstart=';
    const { stdout } = await promisify(execFile)('ps', ['-A', '-o', columns], {
      env: { ...process.env, LC_ALL: 'C' },
      maxBuffer: 16 * 1024 * 1024,
    });
    return stdout.split('\n').flatMap((line) => parseListed(line) ?? []);
  }

  async find(pid: number): Promise<ProcessEntry | undefined> {
    return (await this.list()).find((entry) => entry.pid === pid);
  }

  variableOf(): undefined {
    return undefined;
  }
}

export function parseListed(line: string): ProcessEntry | undefined {
  const [pid, parentPid, group, state, memory, time, ...started] = line.trim().split(/\s+/);
  if (time === undefined || state === undefined) return undefined;
  return {
    pid: Number(pid),
    parentPid: Number(parentPid),
    group: Number(group),
    startedAt: started.join(' '),
    ended: state.startsWith('Z'),
    stopped: state.startsWith('T'),
    cpuMs: parseTime(time),
    childrenCpuMs: 0,
    memoryBytes: Number(memory) * 1024,
  };
}

/** `[[D-]H:]M:S[.hundredths]`. */
function parseTime(text: string): number {
  const [days, clock] = text.includes('-') ? text.split('-') : ['0', text];
  const seconds = clock!.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return (Number(days) * 86_400 + seconds) * 1000;
}
