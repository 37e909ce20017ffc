// Headers of dist/: what the page and its workers may do, and how long files are kept. A host that reads `_headers` (Netlify, Cloudflare
// Pages) sends them; on other hosts the document's own meta tag applies, which covers the page but not its workers. Headers of several
// sections add up: a worker has both policies, that of all files and its own.

import { ISOLATION } from '../cross-origin-isolation.js';
import { HASHED } from './site.js';

const META = /<meta http-equiv="Content-Security-Policy" content="([^"]+)">/;

/** Features that the page does not use. The camera is requested by its button only. */
const UNUSED = ['accelerometer', 'browsing-topics', 'display-capture', 'geolocation', 'gyroscope', 'hid', 'magnetometer', 'microphone', 'midi', 'payment',
  'publickey-credentials-get', 'serial', 'usb', 'xr-spatial-tracking'];

/**
 * The content security policy of a document.
 * @param {string} html
 */
export function policyOf(html) {
  const [, policy] = META.exec(html) ?? [];
  if (!policy) throw new Error('index.html has no content security policy.');
  return policy;
}

/**
 * The file `_headers`.
 * @param {string} policy of the document
 * @param {{ worker: string, serviceWorker: string }} scripts paths of the workers' scripts
 */
export function headersOf(policy, { worker, serviceWorker }) {
  // A worker has no document, so it needs nothing that makes HTML. The engine's starts its own script again, as compute threads.
  const ofWorkers = "default-src 'none'; base-uri 'none'; require-trusted-types-for 'script'";
  return [
    section('/*', {
      'Content-Security-Policy': `${policy}; frame-ancestors 'self'`,
      'Permissions-Policy': [...UNUSED.map((name) => `${name}=()`), 'camera=(self)'].join(', '),
      ...ISOLATION,
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
    }),
    section(`/${HASHED}/*`, { 'Cache-Control': 'public, max-age=31536000, immutable' }),
    section(`/${worker}`, { 'Content-Security-Policy': `${ofWorkers}; ${directive(policy, 'trusted-types')}; ${directive(policy, 'worker-src')}; ${directive(policy, 'script-src')}; ${directive(policy, 'connect-src')}` }),
    section(`/${serviceWorker}`, { 'Cache-Control': 'no-cache', 'Content-Security-Policy': `${ofWorkers}; trusted-types 'none'; script-src 'self'; connect-src 'self'` }),
  ].join('\n');
}

/**
 * @param {string} policy
 * @param {string} name
 */
function directive(policy, name) {
  const found = policy.split(';').map((one) => one.trim()).find((one) => one.startsWith(`${name} `));
  if (!found) throw new Error(`The content security policy has no ${name}.`);
  return found;
}

/**
 * @param {string} path
 * @param {Record<string, string>} headers
 */
const section = (path, headers) => `${path}\n${Object.entries(headers).map(([name, value]) => `  ${name}: ${value}\n`).join('')}`;
