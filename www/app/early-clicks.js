// @ts-check
// Keeps a click on a button until the page can answer it. The document loads this small script before its first frame; the page's own
// scripts arrive later, and on a slow connection people see the sample photos seconds before. Of several clicks the last one counts.

/** Dispatched on the document when the page's scripts handle clicks. */
const STARTED = 'page-started';

/** @type {HTMLButtonElement | null} */
let clicked = null;

/** @param {MouseEvent} event */
function keep(event) {
  const button = event.target instanceof Element ? event.target.closest('button') : null;
  if (!button) return;
  // Some elements have their listeners earlier than others: no click is handled twice.
  event.stopImmediatePropagation();
  mark(button);
}

/** @param {HTMLButtonElement | null} button */
function mark(button) {
  clicked?.removeAttribute('data-clicked');
  button?.setAttribute('data-clicked', '');
  clicked = button;
}

document.addEventListener('click', keep, true);
document.addEventListener(STARTED, () => {
  document.removeEventListener('click', keep, true);
  const button = clicked;
  mark(null);
  button?.click();
}, { once: true });
