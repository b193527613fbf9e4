import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { NormalizedSchema } from '@smithy/core/schema';
import { loadShapes, ServiceShapes } from './service-shapes.ts';
import { extractShapes } from './testing/extract-shapes.ts';
import { SHAPE_SOURCES } from './testing/shape-sources.ts';

for (const [name, source] of Object.entries(SHAPE_SOURCES)) {
  test(`[W11] ${name}.shapes is what the installed SDK describes`, () => {
    const text = readFileSync(join(import.meta.dirname, `${name}.shapes`), 'utf8');
    assert.ok(
      text === extractShapes(source),
      `${name}.shapes is not what ${source.client} describes: run npm run aws-shapes and look at what changed`,
    );
  });
}

test('[W11] there is a file for each source and no other', () => {
  const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.shapes'));
  assert.deepEqual(
    files.sort(),
    Object.keys(SHAPE_SOURCES)
      .map((name) => `${name}.shapes`)
      .sort(),
  );
});

test('[W11] the tuples mean to the SDK what they mean here', () => {
  const { input, output } = loadShapes('ec2').operation('DescribeInstances')!;
  const request = NormalizedSchema.of(input as never);
  assert.equal(request.getName(true), 'com.amazonaws.ec2#DescribeInstancesRequest');
  const ids = request.getMemberSchema('InstanceIds');
  assert.ok(ids.isListSchema() && ids.getValueSchema().isStringSchema());
  assert.equal((ids.getMergedTraits() as { xmlName?: string }).xmlName, 'InstanceId');
  const reservation = NormalizedSchema.of(output as never)
    .getMemberSchema('Reservations')
    .getValueSchema();
  assert.ok(
    reservation
      .getMemberSchema('Instances')
      .getValueSchema()
      .getMemberSchema('LaunchTime')
      .isTimestampSchema(),
  );
  const alarm = loadShapes('monitoring').operation('PutMetricAlarm')!;
  assert.equal(
    (NormalizedSchema.of(alarm.input as never).getSchema() as unknown[])[6],
    1,
    'one required member',
  );
});

test('[W10] errors are known by the names of the model and of the query protocol', () => {
  const shapes = loadShapes('monitoring');
  assert.deepEqual(shapes.error('InvalidParameterValueException'), {
    name: 'InvalidParameterValueException',
    queryCode: 'InvalidParameterValue',
    statusCode: 400,
  });
  assert.equal(shapes.error('InvalidParameterValue')?.name, 'InvalidParameterValueException');
  assert.equal(shapes.error('NoSuchThing'), undefined);
});

test('[W11] a file that names a shape it does not have is told as such', () => {
  const shapes = new ServiceShapes('{"defaultNamespace":"x"}\nGo()\t[{"$":"Lost"},"unit"]\n');
  const { input } = shapes.operation('Go')!;
  assert.throws(() => (input as () => unknown)(), /names Lost but does not have it/);
});
