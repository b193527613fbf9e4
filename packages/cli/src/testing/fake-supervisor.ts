/** A supervisor with one child, for the test that kills it. Prints a line once the child serves. */
import { BoundedLog } from '../supervisor/bounded-log.ts';
import { SupervisedChild } from '../supervisor/supervised-child.ts';

const [program, logPath] = process.argv.slice(2);
const child = new SupervisedChild({
  name: 'child',
  command: [process.execPath, program!],
  environment: process.env,
  log: new BoundedLog(logPath!, () => undefined),
  onMessage: (message) => {
    if (message.kind === 'ready') process.stdout.write(`${child.pid}\n`);
  },
  onDeath: () => undefined,
});
child.start();
