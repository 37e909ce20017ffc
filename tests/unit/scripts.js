// The page's scripts and styles and the string literals in scripts, for tests of their texts.

import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = (path) => fileURLToPath(new URL(`../../${path}/`, import.meta.url));
const WWW = folder('www');
const NPM = folder('npm/src');

/** `[{ name, text }]`: the scripts of the page, without the compiled engine, and of the npm package. Names are relative to their folder. */
export const scripts = () => [...filesOf(WWW, '.js'), ...filesOf(NPM, '.js')];

/** The same for the styles of the page. */
export const styles = () => filesOf(WWW, '.css');

function filesOf(root, ending) {
  return readdirSync(root, { recursive: true })
    .filter((name) => name.endsWith(ending) && !name.startsWith('pkg/'))
    .sort()
    .map((name) => ({ name, text: readFileSync(`${root}${name}`, 'utf8') }));
}

/**
 * The string and template literals of a script: `[{ text, line, before }]`. `before` is the code in front of one; the expressions in a
 * template are `{}` in its text and searched too. Comments and regular expressions are left out.
 */
export function literalsOf(source) {
  const found = [];
  let at = 0;
  const lineOf = (position) => source.slice(0, position).split('\n').length;
  const add = (start, text) => found.push({ text, line: lineOf(start), before: source.slice(Math.max(0, start - 80), start) });

  function readString(quote) {
    const start = at;
    for (at += 1; source[at] !== quote; at += 1) if (source[at] === '\\') at += 1;
    add(start, source.slice(start + 1, at));
    at += 1;
  }

  function readTemplate() {
    const start = at;
    let text = '';
    for (at += 1; source[at] !== '`'; ) {
      if (source.startsWith('${', at)) {
        at += 2;
        readCode('}');
        text += '{}';
      } else {
        if (source[at] === '\\') at += 1;
        text += source[at];
        at += 1;
      }
    }
    add(start, text);
    at += 1;
  }

  /** Reads to the brace that ends an expression, or to the end of the script. */
  function readCode(end) {
    for (let depth = 0; at < source.length; ) {
      const letter = source[at];
      if (letter === end && depth === 0) {
        at += 1;
        return;
      }
      if (letter === '{') depth += 1;
      if (letter === '}') depth -= 1;
      if (letter === "'" || letter === '"') readString(letter);
      else if (letter === '`') readTemplate();
      else if (source.startsWith('//', at)) at = endOf('\n');
      else if (source.startsWith('/*', at)) at = endOf('*/');
      else if (letter === '/' && /(^|[=(,:[!&|?{;+]|=>|return)\s*$/.test(source.slice(Math.max(0, at - 20), at))) readRegExp();
      else at += 1;
    }
  }

  function endOf(mark) {
    const end = source.indexOf(mark, at);
    return end < 0 ? source.length : end + mark.length;
  }

  function readRegExp() {
    let inClass = false;
    for (at += 1; source[at] !== '/' || inClass; at += 1) {
      if (source[at] === '\\') at += 1;
      else if (source[at] === '[') inClass = true;
      else if (source[at] === ']') inClass = false;
    }
    at += 1;
  }

  readCode('');
  return found;
}
