// The GPU adapter in the header: always named, and marked where it is software.

class LensAdapter extends HTMLElement {
  /** Shows the session's adapter, or null where there is none. */
  show(adapter) {
    const { name, vendor, backend, driver, software } = adapter ?? { name: 'none' };
    this.querySelector('[data-name]').textContent = name || vendor || 'unnamed adapter';
    this.querySelector('[data-software]').hidden = !software;
    this.title = [vendor, backend, driver].filter(Boolean).join(' · ');
  }
}

customElements.define('lens-adapter', LensAdapter);
