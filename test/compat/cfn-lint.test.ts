/** AWS's own schemas of resource types, as cfn-lint carries them: what deploys here must be well-formed there. */
import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { runClient, whyAbsent } from './testing/run-client.ts';

const EXAMPLES = resolve(import.meta.dirname, '../../examples');

for (const example of ['store', 'wordfreq']) {
  test(`the template of ${example} is well-formed by AWS's schemas`, {
    skip: whyAbsent('cfn-lint', ['--version']),
  }, async () => {
    const template = `${EXAMPLES}/${example}/template.yaml`;
    const { status, output } = await runClient(
      'cfn-lint',
      ['--non-zero-exit-code', 'error', '--', template],
      {},
    );
    assert.equal(status, 0, output);
  });
}
