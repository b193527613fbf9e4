/**
 * Runs in the page: asks for the newest picture about once a second and puts in place only what differs, so that scrolling, selections,
 * what has the focus and what was unfolded stay. Elements with an id keep their identity wherever they move.
 */
export const PAGE_SCRIPT = `const EVERY_MS = 1000;
const main = document.querySelector('main');
const lost = document.getElementById('lost');
let lastMs = Date.now();

const idOf = (node) => (node.nodeType === Node.ELEMENT_NODE ? node.id : '');
const alike = (one, other) => one.nodeName === other.nodeName && idOf(one) === idOf(other);

function settle(node, wanted) {
  if (node.nodeType !== Node.ELEMENT_NODE) {
    if (node.data !== wanted.data) node.data = wanted.data;
    return;
  }
  for (const { name } of [...node.attributes])
    if (name !== 'open' && !wanted.hasAttribute(name)) node.removeAttribute(name);
  for (const { name, value } of wanted.attributes)
    if (node.getAttribute(name) !== value) node.setAttribute(name, value);
  settleChildren(node, wanted);
}

function settleChildren(parent, wanted) {
  const ids = new Set([...wanted.children].map((child) => child.id).filter((id) => id !== ''));
  for (const child of [...parent.children]) if (child.id !== '' && !ids.has(child.id)) child.remove();
  let place = parent.firstChild;
  for (const child of [...wanted.childNodes]) {
    let found = place;
    while (found !== null && !alike(found, child)) found = found.nextSibling;
    if (found === null) {
      parent.insertBefore(child, place);
      continue;
    }
    if (found !== place) parent.insertBefore(found, place);
    else place = place.nextSibling;
    settle(found, child);
  }
  while (place !== null) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

function tellLost() {
  const seconds = Math.round((Date.now() - lastMs) / 1000);
  if (seconds < 3) return;
  document.body.classList.add('lost');
  const text = 'The server has stopped or cannot be reached. Below is its last picture; this page goes on by itself when it is back.';
  if (lost.firstChild === null) {
    lost.append(text, document.createElement('small'));
    lost.lastChild.setAttribute('aria-hidden', 'true'); // It would be read out every second.
  }
  lost.lastChild.textContent = ' ' + seconds + ' s old';
  lost.hidden = false;
  document.title = 'No answer - Crescendo';
}

async function look() {
  try {
    const answer = await fetch('/_console/view', { signal: AbortSignal.timeout(8000) });
    if (answer.status === 403) return location.reload();
    if (!answer.ok) throw new Error('status ' + answer.status);
    const wanted = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('main');
    if (wanted.dataset.build !== main.dataset.build) return location.reload();
    settle(main, wanted);
    lastMs = Date.now();
    lost.hidden = true;
    document.body.classList.remove('lost');
    document.title = wanted.dataset.title + ' - Crescendo';
  } catch {
    tellLost();
  }
  schedule();
}

let timer;
function schedule() {
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(look, EVERY_MS);
}
document.addEventListener('visibilitychange', schedule);
schedule();
`;
