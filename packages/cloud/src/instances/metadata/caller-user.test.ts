import assert from 'node:assert/strict';
import { test } from 'node:test';
import { userIn } from './caller-user.ts';

const ENDS = { localAddress: '127.0.16.4', localPort: 1338, remoteAddress: '127.0.0.1', remotePort: 40_000 };
const HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const line = (local: string, remote: string, user: number): string =>
  `   7: ${local} ${remote} 01 00000000:00000000 00:00000000 00000000  ${user}        0 123 1\n`;
const HERE = '0410007F:053A';
const THERE = '0100007F:9C40';
const MAPPED = '0000000000000000FFFF0000';

test('[N6] the end of the connection that is the caller’s names the user', () => {
  const both = HEAD + line(HERE, THERE, 1) + line(THERE, HERE, 1000);
  assert.equal(userIn([both], ENDS), 1000);
  assert.equal(userIn([HEAD, HEAD + line(MAPPED + THERE, MAPPED + HERE, 33)], ENDS), 33);
  assert.equal(userIn([both], { ...ENDS, localAddress: '::ffff:127.0.16.4' }), 1000);
});

test('[N6] a caller that the system does not list is nobody’s, and a system that lists nothing does not tell', () => {
  assert.equal(userIn([HEAD + line(HERE, THERE, 1)], ENDS), 'nobody');
  assert.equal(userIn([HEAD + line('0100007F:0050', HERE, 1)], ENDS), 'unknown');
  assert.equal(userIn([], ENDS), 'unknown');
});
