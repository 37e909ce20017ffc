// @ts-check
// Copies a link to the present view. A local image can be embedded in it as the network sees it.

import { encodeCrop } from '../images/encode-crop.js';
import { inputOf } from '../lens/network-input.js';
import { chainOf } from '../network/layer-names.js';
import { STARTER } from '../models/catalog.js';
import { MOST_CHARACTERS, embedImage, parseEmbeddedImage } from './embedded-image.js';
import { linkContents } from './link-contents.js';
import { changeFragment } from './view-state.js';

/** @import { LensLink } from '../elements/link.js' */
/** @import { App } from './app.js' */

/**
 * @param {LensLink} element
 * @param {App} app
 */
export function addLinkSharing(element, app) {
  /** The image as it would be embedded; null if it cannot be or has an address. @type {{ url: string, side: number } | null} */
  let embeddable = null;

  const share = () => {
    const { current } = app.lens;
    const image = app.images.current;
    const embedded = element.isEmbedding && embeddable ? embeddable.url : null;
    const [contents, missing] = linkContents({
      model: app.model && { name: app.model.name, isHeld: app.model.address !== null || app.model.card.id === STARTER },
      layer: current && chainOf(current.layer),
      channel: current && image ? current.channel : null,
      edited: app.lens.edits.length > 0,
      image: image && { name: image.name, isHeld: image.address !== null, embedded: embedded !== null },
    });
    element.show({ url: urlOf(app, embedded), contents, missing });
  };

  element.on('share', async () => {
    embeddable = null;
    element.offer(null);
    share();
    embeddable = await embeddableImage(app);
    if (!embeddable) return;
    element.offer({ characters: embeddable.url.length, side: embeddable.side, checked: parseEmbeddedImage(location.hash) !== null });
    share();
  });
  element.on('embed', share);
}

/**
 * @param {App} app
 * @param {string | null} embedded
 */
function urlOf({ model, images, lens: { current } }, embedded) {
  const url = new URL(location.href);
  for (const [key, value] of [['model', model?.address], ['image', images.current?.address]]) {
    if (key && value) url.searchParams.set(key, value);
    else if (key) url.searchParams.delete(key);
  }
  // Defaults that depend on the image, such as the first channel, are written out.
  const { defaultNode: layer, channel, overlay, cam, visualise } = current ?? {};
  const view = current ? changeFragment(url.hash, { layer, channel, visualise, ...(overlay === 'cam' || overlay === 'gradcam' ? { class: cam } : {}) }) : url.hash;
  url.hash = embedImage(view, embedded);
  return url.href;
}

/**
 * A small copy of a local image, which the network sees as it sees the image; null for other images, and for formats that the browser
 * cannot show.
 * @param {App} app
 */
async function embeddableImage({ session, images: { current } }) {
  if (!current?.bitmap || current.address !== null) return null;
  const info = await session.engine.model().catch(() => undefined);
  if (!info) return null;
  const url = await encodeCrop(inputOf(current.bitmap, current.result), info.preprocess, MOST_CHARACTERS);
  return url === null ? null : { url, side: info.preprocess.crop };
}
