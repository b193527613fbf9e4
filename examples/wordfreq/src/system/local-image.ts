/**
 * The machine image of the local cloud that carries the `wordfreq` program: a file in its folder of images, which it reads at every
 * launch, and a folder with the program.
 */
import { access, chmod, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { PutParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { CommandFailure } from './failures.ts';

export const IMAGE_ID = 'ami-wordfreq';
/** The template's default; it names the image. */
export const IMAGE_PARAMETER = '/crescendo/images/wordfreq';

const MAIN = join(import.meta.dirname, '..', 'main.ts');

/** @param dataFolder the one that `crescendo up` was given */
export async function makeLocalImage(dataFolder: string): Promise<void> {
  const images = resolve(dataFolder, 'cloud', 'instances', 'images');
  await access(images).catch((cause: unknown) => {
    throw new CommandFailure(
      `${dataFolder} is not the data folder of a local cloud: start one with "npm start" first`,
      {
        cause,
      },
    );
  });
  const programs = join(images, IMAGE_ID, 'bin');
  await mkdir(programs, { recursive: true, mode: 0o700 });
  await writeProgram(join(programs, 'wordfreq'));
  const description = 'Node.js and the wordfreq program';
  const image = { imageId: IMAGE_ID, name: 'wordfreq', description, programs };
  await writeFile(join(images, `${IMAGE_ID}.json`), `${JSON.stringify(image, undefined, 2)}\n`);
}

export async function nameLocalImage(parameters: SSMClient): Promise<void> {
  await parameters.send(
    new PutParameterCommand({ Name: IMAGE_PARAMETER, Value: IMAGE_ID, Type: 'String', Overwrite: true }),
  );
}

async function writeProgram(path: string): Promise<void> {
  const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
  await writeFile(path, `#!/bin/sh\nexec ${quote(process.execPath)} ${quote(MAIN)} "$@"\n`);
  await chmod(path, 0o755);
}
