/**
 * `npm run check`: what must hold before a change is handed in, the quickest stage first. It stops at the first stage that fails
 * and says how long each one took. Its arguments go to the tests: `npm run check -- --again` for a machine that others load, too.
 */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');

interface Stage {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

const STAGES: readonly Stage[] = [
  { name: 'format and lint', command: ['biome', 'check', '.'] },
  { name: 'types of the pure packages', command: ['tsc', '-p', 'tsconfig.pure.json'] },
  { name: 'types', command: ['tsc', '-p', 'tsconfig.json'] },
  { name: 'repository rules', command: ['node', 'scripts/test.ts', 'test/repository/'] },
  {
    name: 'tests',
    command: ['node', 'scripts/test.ts', '--except', 'test/repository/', ...process.argv.slice(2)],
  },
];

/** The exit status, 1 when the command was ended by a signal or could not start. */
function runStage(stage: Stage): Promise<number> {
  const [program, ...programArguments] = stage.command;
  const path = `${resolve(ROOT, 'node_modules/.bin')}:${process.env.PATH ?? ''}`;
  const child = spawn(program, programArguments, {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, PATH: path },
  });
  return new Promise((done) => {
    child.once('error', (error) => {
      process.stderr.write(`${program} could not be started: ${error.message}. Run npm install first.\n`);
      done(1);
    });
    child.once('exit', (code) => done(code ?? 1));
  });
}

async function main(): Promise<number> {
  const timings: string[] = [];
  let failed: string | undefined;
  for (const stage of STAGES) {
    process.stdout.write(`== ${stage.name}\n`);
    const startedMs = performance.now();
    const status = await runStage(stage);
    timings.push(`${((performance.now() - startedMs) / 1000).toFixed(1).padStart(7)} s  ${stage.name}`);
    if (status === 0) continue;
    failed = stage.name;
    break;
  }
  process.stdout.write(`== time\n${timings.join('\n')}\n`);
  process.stdout.write(failed === undefined ? '== all stages passed\n' : `== FAILED: ${failed}\n`);
  return failed === undefined ? 0 : 1;
}

process.exitCode = await main();
