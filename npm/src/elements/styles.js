// @ts-check
// The style of the elements. A constructed sheet needs no permission of the page's policy for inline styles.

const CSS = `
:host {
  --_accent: var(--resnet-accent, #3d74d6);
  --_line: var(--resnet-line, color-mix(in srgb, currentColor 28%, transparent));
  --_gap: var(--resnet-gap, 0.75rem);
  --_radius: var(--resnet-radius, 4px);
  display: block;
  container-type: inline-size;
  color: var(--resnet-color, inherit);
  background: var(--resnet-background, transparent);
  font: var(--resnet-font, inherit);
  line-height: 1.4;
}
:host([hidden]), [hidden] { display: none !important; }
*, *::before { box-sizing: border-box; }
p, ol { margin: 0; padding: 0; }
p:not(:only-child), .viewer + div p { margin-block-start: 0.35rem; }
[part~=note] { margin-block-start: 0; }
ol { list-style: none; display: grid; gap: 0.25rem; align-content: start; }
li > * {
  position: relative; display: grid; grid-template-columns: 1fr auto; gap: 0 0.75rem; width: 100%; padding: 0.3rem 0.5rem 0.45rem;
  text-align: start;
}
.label { overflow-wrap: anywhere; }
.percent { font-variant-numeric: tabular-nums; }
.bar { grid-column: 1 / -1; height: 3px; margin-block-start: 0.15rem; border-radius: 2px; background: var(--_line); }
.bar::before { content: ""; display: block; height: 100%; width: calc(100% * var(--share, 0)); border-radius: inherit; background: var(--_accent); }
button, select, input { font: inherit; color: inherit; background: transparent; border: 1px solid var(--_line); border-radius: var(--_radius); }
button { cursor: pointer; }
li > button { border-color: transparent; }
li > button:hover { border-color: var(--_line); }
button[aria-pressed=true] { border-color: var(--_accent); box-shadow: inset 0 0 0 1px var(--_accent); }
button[aria-checked=true] { box-shadow: 0 0 0 2px var(--_accent); }
:focus-visible { outline: 2px solid var(--_accent); outline-offset: 2px; }
option, optgroup { color: CanvasText; background: Canvas; }
.viewer { display: grid; grid-template-columns: minmax(0, 1fr); gap: var(--_gap); }
.answer, .inspector { display: grid; gap: var(--_gap); align-content: start; min-width: 0; }
.view { position: relative; width: fit-content; max-width: 100%; line-height: 0; }
.view img { display: block; max-width: 100%; max-height: var(--resnet-image-height, 18rem); border-radius: var(--_radius); }
.view canvas { position: absolute; }
canvas { image-rendering: pixelated; display: block; }
.view canvas { image-rendering: auto; }
label { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.15rem; justify-items: start; min-width: 0; }
select { max-width: 100%; padding: 0.3rem; min-height: 2rem; }
.channels { display: grid; grid-template-columns: repeat(auto-fill, minmax(var(--resnet-channel-size, 2.75rem), 1fr)); gap: 3px; }
.channels button { padding: 0; aspect-ratio: 1; overflow: hidden; }
.channels canvas { width: 100%; height: 100%; }
.pages { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; }
.pages button { min-width: 2rem; min-height: 2rem; }
.pages button:disabled { opacity: 0.5; cursor: default; }
.single { width: min(100%, var(--resnet-channel-width, 14rem)); aspect-ratio: 1; border-radius: var(--_radius); }
a { color: inherit; text-underline-offset: 0.15em; }
[part~=error] { border-inline-start: 3px solid var(--resnet-error, #c9302c); padding-inline-start: 0.6rem; }
@container (min-width: 40rem) {
  .viewer { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); }
}
`;

/** @type {CSSStyleSheet | null} */
let made = null;

/** The sheet, made once. */
export function sheet() {
  if (!made) {
    made = new CSSStyleSheet();
    made.replaceSync(CSS);
  }
  return made;
}
