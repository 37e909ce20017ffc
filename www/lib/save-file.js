// @ts-check
// Downloads to the user's disk.

/** Revoking the URL earlier cancels the download in some browsers. */
const REVOKE_AFTER_MS = 10_000;

/**
 * Has the browser save a Blob under a file name.
 * @param {Blob} blob
 * @param {string} name
 */
export function saveFile(blob, name) {
  const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), REVOKE_AFTER_MS);
}
