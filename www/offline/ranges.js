// @ts-check
// Parts of a stored file, as RFC 9110 section 14 defines them. Caches store whole files only.

/**
 * Answers a request for one range of bytes with that part of a response: status 206, or 416 if the file has no such bytes. A range
 * that is malformed, and several at once, are ignored, as the standard allows: the answer is the whole response.
 * @param {Response} whole a successful response with a readable body
 * @param {string | null} range the request's header
 */
export async function partOf(whole, range) {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range ?? '') ?? [];
  const isMalformed = first && last && Number(first) > Number(last);
  if (isMalformed || (!first && !last)) return whole;
  const file = await whole.blob();
  const start = first ? Number(first) : Math.max(file.size - Number(last), 0);
  const end = first && last ? Math.min(Number(last) + 1, file.size) : file.size;
  const headers = new Headers(whole.headers);
  // The stored body is decoded, so these describe another one.
  for (const name of ['content-encoding', 'content-length']) headers.delete(name);
  if (start >= end) {
    headers.set('content-range', `bytes */${file.size}`);
    return new Response(null, { status: 416, headers });
  }
  headers.set('content-range', `bytes ${start}-${end - 1}/${file.size}`);
  headers.set('content-length', String(end - start));
  return new Response(file.slice(start, end), { status: 206, headers });
}
