/** `wordfreq image` */
import { IMAGE_ID, IMAGE_PARAMETER, makeLocalImage, nameLocalImage } from '../system/local-image.ts';
import { openSession } from '../system/session.ts';
import { readArguments } from './command-arguments.ts';

export const IMAGE_HELP = `wordfreq image [--data FOLDER]

Makes a machine image of the local cloud that carries this program, and names it in the parameter that the template takes it from.

  --data FOLDER  the local cloud's data folder (default .crescendo)
`;

export async function imageCommand(programArguments: readonly string[]): Promise<number> {
  const { values } = readArguments({
    args: [...programArguments],
    options: {
      data: { type: 'string', default: '.crescendo' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(IMAGE_HELP);
    return 0;
  }
  await makeLocalImage(values.data);
  const session = openSession();
  try {
    await nameLocalImage(session.parameters);
  } finally {
    session.close();
  }
  process.stdout.write(`the image ${IMAGE_ID} is made; ${IMAGE_PARAMETER} names it\n`);
  return 0;
}
