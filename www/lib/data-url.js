// @ts-check
// Blobs as data: URLs.

/**
 * @param {Blob} blob
 * @returns {Promise<string>}
 */
export function dataUrlOf(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
