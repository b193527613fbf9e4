/** The page: what changes is its `main`, which the script asks for and puts in place. */
import { createHash } from 'node:crypto';
import type { ConsoleView } from './console-view.ts';
import { healthOf } from './health.ts';
import { type Html, html } from './html.ts';
import { momentText } from './moments.ts';
import { PAGE_SCRIPT } from './page-script.ts';
import { PAGE_STYLE } from './page-style.ts';
import { alarmSection } from './sections/alarm-section.ts';
import { queueSection, stackSection, tableSection } from './sections/cloud-sections.ts';
import { groupSection } from './sections/group-section.ts';
import { storeSection } from './sections/store-section.ts';

export const CONSOLE_PATH = '/_console';

/** A page that was made by another build is loaded anew. */
const BUILD = createHash('sha256').update(PAGE_SCRIPT).update(PAGE_STYLE).digest('hex').slice(0, 16);

export function consolePage(view: ConsoleView): Html {
  const { headline } = healthOf(view);
  return frame(
    headline,
    html`<div id="lost" role="status" hidden></div>${consoleMain(view)}
      <noscript><meta http-equiv="refresh" content="5"></noscript>
      <script src="${CONSOLE_PATH}/script.js" type="module"></script>`,
  );
}

export function consoleMain(view: ConsoleView): Html {
  const { level, headline, more } = healthOf(view);
  return html`<main data-build="${BUILD}" data-title="${headline}">
    <header class="health ${level}">
      <div role="status"><h1>${headline}</h1></div>
      ${more.length > 0 && html`<ul>${more.map((line) => html`<li>${line}</li>`)}</ul>`}
      <p>Crescendo ${view.version} at <code>${view.endpoint}</code>, <time datetime="${momentText(view.takenMs)}">${momentText(view.takenMs)}</time></p>
    </header>
    ${storeSection(view)}
    ${groupSection(view)}
    ${alarmSection(view)}
    <div class="columns">
      ${queueSection(view)}
      ${tableSection(view)}
      ${stackSection(view)}
    </div>
  </main>`;
}

/** @param reason what is said to whoever may not see the console */
export function lockedPage(reason: string): Html {
  return frame(
    'The console is locked',
    html`<main>
      <header class="health trouble"><h1>The console is locked</h1><p>${reason}</p></header>
      <section aria-labelledby="way"><h2 id="way">The way in</h2>
        <p>The whole address, with its key, stands among the lines that <code>npm start</code> prints, and</p>
        <pre>npx crescendo console</pre>
        <p>prints it again; add <code>--data DIR</code> where the store was started with it. Once opened, this browser stays let in until it is closed:
          <a href="${CONSOLE_PATH}">open the console</a>.</p>
      </section>
    </main>`,
  );
}

function frame(title: string, body: Html): Html {
  return html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>${title} - Crescendo</title>
  <link rel="icon" href="${CONSOLE_PATH}/icon.svg">
  <link rel="stylesheet" href="${CONSOLE_PATH}/style.css">
</head>
<body>
${body}
</body>
</html>
`;
}
