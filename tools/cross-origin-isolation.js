// Response headers with which browsers isolate a page from other origins, so that it may share memory with its workers. Whatever it
// downloads from other origins needs CORS headers, which the page requires anyway. The other value of the second header,
// `credentialless`, is unknown to Safari.
export const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/**
 * Adds the headers to a response.
 * @param {import('node:http').ServerResponse} response
 */
export function isolate(response) {
  for (const [name, value] of Object.entries(ISOLATION)) response.setHeader(name, value);
}
