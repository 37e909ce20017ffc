// The GPU adapter in the header, marked if it renders in software.

class LensAdapter extends HTMLElement {
  /** Shows the session's adapter; null if there is none. */
  show(adapter) {
    const { name, vendor, backend, driver, software } = adapter ?? { name: 'none' };
    this.querySelector('[data-name]').textContent = name || vendor || 'unnamed adapter';
    this.querySelector('[data-software]').hidden = !software;
    this.title = [vendor, backend, driver].filter(Boolean).join(' · ');
  }
}

customElements.define('lens-adapter', LensAdapter);
