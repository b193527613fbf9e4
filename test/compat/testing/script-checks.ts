/** The checks of a script in another language, each one a test of its own. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

/** What a script runs against. */
export interface ScriptHost {
  succeed(program: string, programArguments: readonly string[]): Promise<string>;
  end(): Promise<void>;
}

/** @param script prints a line of JSON a check: its name, and its error or null */
export function testScript(
  script: string,
  checks: readonly string[],
  start: () => Promise<ScriptHost>,
): void {
  let host: ScriptHost | undefined;
  /** By name of the check; null when it passed. */
  const results = new Map<string, string | null>();

  before(async () => {
    host = await start();
    const printed = await host.succeed('python3', [script]);
    for (const line of printed.trim().split('\n')) {
      const { name, error } = JSON.parse(line) as { name: string; error: string | null };
      results.set(name, error);
    }
  });
  after(() => host?.end());

  for (const name of checks) {
    test(name.replaceAll('_', ' '), () => {
      assert.ok(results.has(name), 'the script did not come to this check');
      assert.equal(results.get(name), null, results.get(name) ?? '');
    });
  }

  test('every check of the script is named here', () => {
    assert.deepEqual([...results.keys()], checks);
  });
}
