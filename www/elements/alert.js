// The page's alert: one problem at a time, with the actions that resolve it.

class LensAlert extends HTMLElement {
  /** Actions by name: `{ label, run }`. */
  actions = {};
  onDismiss = null;
  #shown = null;

  /** Shows `{ sentence, note, actions, fatal, mild }`; null hides the alert. A fatal problem cannot be dismissed. */
  show(problem) {
    if (problem === this.#shown) return;
    this.#shown = problem;
    this.hidden = !problem;
    this.classList.toggle('mild', Boolean(problem?.mild));
    this.replaceChildren(...(problem ? this.#content(problem) : []));
  }

  #content({ sentence, note, actions, fatal }) {
    const text = element('p', sentence, 'sentence');
    if (note) text.append(' ', element('span', note));
    const buttons = actions.map((name) => button(this.actions[name].label, this.actions[name].run));
    if (!fatal) buttons.push(button('Dismiss', () => this.onDismiss?.()));
    const row = element('div', '', 'actions');
    row.append(...buttons);
    return [text, row];
  }
}

function element(name, text, className = '') {
  return Object.assign(document.createElement(name), { textContent: text, className });
}

function button(label, run) {
  const made = element('button', label);
  made.type = 'button';
  made.addEventListener('click', run);
  return made;
}

customElements.define('lens-alert', LensAlert);
