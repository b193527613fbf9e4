/** Writes the files of shapes that the cloud's wire reads, from the installed clients of the AWS SDK: `npm run aws-shapes`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { extractShapes } from '../packages/cloud/src/wire/shapes/testing/extract-shapes.ts';
import { SHAPE_SOURCES } from '../packages/cloud/src/wire/shapes/testing/shape-sources.ts';

const FOLDER = join(import.meta.dirname, '../packages/cloud/src/wire/shapes');

for (const [name, source] of Object.entries(SHAPE_SOURCES)) {
  const text = extractShapes(source);
  writeFileSync(join(FOLDER, `${name}.shapes`), text);
  console.log(`${name}.shapes: ${text.split('\n').length - 2} shapes, ${text.length} bytes`);
}
