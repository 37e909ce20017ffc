// Images and models by drag and drop and by paste.

const root = document.documentElement;

/** Calls `onImage(given)` or `onModel(given)` with a File or a URL. */
export function listenForDropAndPaste({ onImage, onModel }) {
  const take = (transfer) => {
    const files = [...transfer.files];
    const model = files.find((file) => isModelName(file.name));
    const image = files.find((file) => file !== model);
    if (model) onModel(model);
    if (image) onImage(image);
    if (files.length > 0) return true;
    const url = urlIn(transfer.getData('text/uri-list')) ?? urlIn(transfer.getData('text/plain'));
    if (!url) return false;
    if (isModelName(new URL(url).pathname)) onModel(url);
    else onImage(url);
    return true;
  };

  addEventListener('dragover', (event) => {
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
    root.toggleAttribute('data-dragging', true);
  });
  addEventListener('dragleave', (event) => {
    if (!event.relatedTarget) root.removeAttribute('data-dragging');
  });
  addEventListener('drop', (event) => {
    event.preventDefault();
    root.removeAttribute('data-dragging');
    take(event.dataTransfer);
  });
  addEventListener('paste', (event) => {
    if (event.target instanceof Element && event.target.closest('input, textarea')) return;
    if (take(event.clipboardData)) event.preventDefault();
  });
}

const isModelName = (name) => /\.(safetensors|pth|pt|ckpt|bin)$/i.test(name);

/** The first line if it is a URL. Comment lines of a uri-list are skipped. */
function urlIn(text) {
  const line = text.split('\n').map((part) => part.trim()).find((part) => part && !part.startsWith('#'));
  return line && /^(https?:\/\/|data:image\/|blob:)/i.test(line) && URL.canParse(line) ? line : null;
}
