/**
 * Machine images: here a named set of programs, a base environment and, where the image carries one, the configuration of the metrics
 * agent. Two are built in; others are JSON files in the `images` folder, read when an instance is launched:
 *
 *     { "imageId": "ami-0123456789abcdef0", "name": "worker", "programs": "/opt/worker/bin",
 *       "environment": { "MODE": "fast" }, "agent": { ... } }
 */
import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ImageDescription } from '../instance-provider.ts';
import { AGENT_CONTROL_PROGRAM, POWER_PROGRAM } from './image-programs.ts';
import {
  BASH_PROFILE,
  FETCHING_PROGRAMS,
  fetchingProgram,
  UNDONE_PROGRAM,
  UNDONE_PROGRAMS,
} from './machine-programs.ts';

export interface Image extends ImageDescription {
  /** Folders in front of the system's own programs. */
  readonly programs: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

export interface ImageOptions {
  readonly folder: string;
  /** How `crescendo` is started, for example node and the path of its main file. Absent: the image does not carry it. */
  readonly crescendoCommand: readonly string[] | undefined;
}

/** What `ami-crescendo`'s agent publishes, as a new installation of CloudWatch's agent with these measurements would. */
export const DEFAULT_AGENT = {
  metrics: {
    namespace: 'CWAgent',
    append_dimensions: {
      AutoScalingGroupName: `\${aws:AutoScalingGroupName}`,
      InstanceId: `\${aws:InstanceId}`,
    },
    aggregation_dimensions: [['AutoScalingGroupName']],
    metrics_collected: {
      mem: { measurement: ['mem_used_percent'] },
      disk: {
        measurement: ['used_percent'],
        resources: ['/'],
        drop_device: true,
        ignore_file_system_types: [],
      },
    },
  },
};

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export class ImageStore {
  readonly #folder: string;
  readonly #crescendo: readonly string[] | undefined;
  #problems: readonly string[] = [];

  constructor(options: ImageOptions) {
    this.#folder = options.folder;
    this.#crescendo = options.crescendoCommand;
  }

  /** Writes the programs of the built-in images. */
  async prepare(): Promise<void> {
    for (const imageId of ['ami-crescendo', 'ami-minimal']) {
      await mkdir(this.#programsOf(imageId), { recursive: true, mode: 0o700 });
      for (const [name, text] of machinePrograms()) await this.#write(imageId, name, text);
    }
    await writeFile(this.bashProfile, BASH_PROFILE);
    await this.#write('ami-crescendo', 'amazon-cloudwatch-agent-ctl', AGENT_CONTROL_PROGRAM);
    await this.#write('ami-crescendo', 'node', wrapper([process.execPath]));
    if (this.#crescendo !== undefined)
      await this.#write('ami-crescendo', 'crescendo', wrapper(this.#crescendo));
    const aws = onPath('aws', process.env['PATH'] ?? '');
    if (aws !== undefined) await this.#write('ami-crescendo', 'aws', wrapper([aws]));
  }

  /** What bash reads first in instances. */
  get bashProfile(): string {
    return join(this.#folder, 'bash-profile');
  }

  all(): readonly Image[] {
    return [...this.#builtIn(), ...this.#custom()];
  }

  find(imageId: string): Image | undefined {
    return this.all().find((image) => image.imageId === imageId);
  }

  /** Files in the folder that describe no image, each with its reason, as of the last look. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  #builtIn(): Image[] {
    const carried = ['node', ...(this.#crescendo === undefined ? [] : ['crescendo'])].join(' and ');
    return [
      {
        imageId: 'ami-crescendo',
        name: 'crescendo',
        description: `the programs of this machine, ${carried}; the metrics agent is on`,
        programs: [this.#programsOf('ami-crescendo')],
        environment: {},
        agent: DEFAULT_AGENT,
      },
      {
        imageId: 'ami-minimal',
        name: 'minimal',
        description: 'the programs of this machine',
        programs: [this.#programsOf('ami-minimal')],
        environment: {},
      },
    ];
  }

  #custom(): Image[] {
    if (!existsSync(this.#folder)) return [];
    const problems: string[] = [];
    const found = readdirSync(this.#folder)
      .filter((name) => name.endsWith('.json'))
      .sort()
      .flatMap((name) => {
        const image = this.#readCustom(join(this.#folder, name));
        if (typeof image !== 'string') return [image];
        problems.push(image);
        return [];
      });
    this.#problems = problems;
    return found;
  }

  #readCustom(path: string): Image | string {
    let value: unknown;
    try {
      value = JSON.parse(readFileSync(path, 'utf8'));
    } catch (error) {
      return `${path} is no JSON: ${error instanceof Error ? error.message : error}`;
    }
    const { imageId, name, description, programs, environment, agent } = (value ?? {}) as Record<
      string,
      unknown
    >;
    if (typeof imageId !== 'string' || !/^ami-[a-z0-9-]+$/.test(imageId)) {
      return `${path}: "imageId" is ${JSON.stringify(imageId)}; give a text such as "ami-0123456789abcdef0"`;
    }
    if (programs !== undefined && typeof programs !== 'string') {
      return `${path}: "programs" is ${JSON.stringify(programs)}; give the path of a folder`;
    }
    return {
      imageId,
      name: typeof name === 'string' ? name : imageId,
      description: typeof description === 'string' ? description : '',
      programs: [...(programs === undefined ? [] : [programs]), this.#programsOf('ami-crescendo')],
      environment: textsOf(environment),
      ...(agent === undefined ? {} : { agent }),
    };
  }

  #programsOf(imageId: string): string {
    return join(this.#folder, imageId, 'bin');
  }

  async #write(imageId: string, name: string, text: string): Promise<void> {
    const path = join(this.#programsOf(imageId), name);
    await writeFile(path, text);
    await chmod(path, 0o755);
  }
}

/** What every built-in image carries, by name. */
function machinePrograms(): ReadonlyMap<string, string> {
  const signal = fileURLToPath(new URL(`./cfn-signal${extname(import.meta.url)}`, import.meta.url));
  const fetching = FETCHING_PROGRAMS.flatMap((name) => {
    const real = onPath(name, SYSTEM_PATH);
    return real === undefined ? [] : [[name, fetchingProgram(real)] as const];
  });
  return new Map([
    ...['shutdown', 'poweroff', 'halt', 'reboot'].map((name) => [name, POWER_PROGRAM] as const),
    ...UNDONE_PROGRAMS.map((name) => [name, UNDONE_PROGRAM] as const),
    ...fetching,
    ['cfn-signal', wrapper([process.execPath, signal])],
  ]);
}

/** The value of PATH in an instance of the image. */
export function searchPath(image: Image): string {
  return [...image.programs, SYSTEM_PATH].join(delimiter);
}

function textsOf(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).map(([name, text]) => [name, String(text)]));
}

function wrapper(command: readonly string[]): string {
  const quoted = command.map((part) => `'${part.replaceAll("'", `'\\''`)}'`).join(' ');
  return `#!/bin/sh\nexec ${quoted} "$@"\n`;
}

function onPath(program: string, path: string): string | undefined {
  return path
    .split(delimiter)
    .filter((folder) => folder !== '' && !folder.includes('node_modules'))
    .map((folder) => join(folder, program))
    .find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
