// Gives the user a file.

export function saveFile(blob, name) {
  const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(blob), download: name });
  link.click();
  // The browser has its own hold on the blob by the time the click is over, but not sooner everywhere.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
