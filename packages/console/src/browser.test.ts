import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { consoleDoor } from './console-door.ts';
import type { ConsoleView } from './console-view.ts';
import { PAGE_SCRIPT } from './page-script.ts';
import { NOW, sampleView } from './testing/sample-view.ts';

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome'];
const BROWSER = BROWSERS.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);
const skip = BROWSER === undefined && `none of ${BROWSERS.join(', ')} runs here`;

/** The document after so long a time of the page's. */
async function documentAt(t: TestContext, url: string, afterMs: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'crescendo-browser-'));
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  const flags = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    `--user-data-dir=${folder}`,
  ];
  const { stdout } = await promisify(execFile)(
    BROWSER!,
    [...flags, `--virtual-time-budget=${afterMs}`, '--dump-dom', url],
    { timeout: 60_000 },
  );
  return stdout;
}

/** One activity more each time, the newest on top. */
function growingView(looks: number): ConsoleView {
  const activities = Array.from({ length: looks }, (_, index) => ({
    ...{
      id: `${index + 1}`,
      startedMs: NOW,
      status: 'Successful',
      description: `step ${index + 1}`,
      cause: '',
    },
  })).reverse();
  const group = { name: 'web', min: 0, desired: 0, max: 1, instances: [], activities };
  return sampleView({ groups: { items: [group], more: 0 } });
}

/** Looks that get no answer: for longer than a page waits before it says so. */
const GONE = { from: 4, to: 8 };

/** What the page does by itself, and a hand that unfolds something and takes down when the page calls itself lost. */
const SCRIPT = `${PAGE_SCRIPT}
document.getElementById('activity-1').open = true;
document.body.dataset.was = '';
new MutationObserver(() => { document.body.dataset.was += document.body.className === 'lost' ? 'lost,' : 'back,'; })
  .observe(document.body, { attributeFilter: ['class'] });`;

test('[CON9] in a browser the page follows, keeps what was unfolded, and tells when the server is gone and back', {
  skip,
}, async (t) => {
  let looks = 0;
  const key = 'b'.repeat(64);
  const door = consoleDoor({ key, view: async () => growingView(looks) });
  const server = createServer((incoming, response) => {
    if (incoming.url === '/_console/script.js')
      return response.setHeader('content-type', 'text/javascript').end(SCRIPT);
    if (!/style|icon|key/.test(incoming.url ?? '')) looks++;
    if (looks >= GONE.from && looks <= GONE.to) return response.destroy();
    door(incoming, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const dumped = await documentAt(t, `http://127.0.0.1:${port}/_console?key=${key}`, 12_500);
  assert.match(dumped, /data-was="lost,(back,)+"/);
  const shown = [...dumped.matchAll(/<details id="activity-(\d+)"( open="")?>/g)];
  assert.ok(shown.length > GONE.to, `the page was brought up to date: ${looks} looks`);
  assert.deepEqual(
    shown.map(([, id]) => Number(id)),
    shown.map((_, index) => shown.length - index),
  );
  assert.deepEqual(
    shown.filter(([, , open]) => open !== undefined).map(([, id]) => id),
    ['1'],
  );
  assert.match(dumped, /<title>The store is whole/);
});
