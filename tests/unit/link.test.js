import assert from 'node:assert/strict';
import { test } from 'node:test';
import { embedImage, embeddedImageError, parseEmbeddedImage } from '../../www/app/embedded-image.js';
import { linkContents } from '../../www/app/link-contents.js';
import { parseUrlState } from '../../www/app/url-state.js';
import './texts.js';

const IMAGE = 'data:image/webp;base64,UklGR+/AAA==';

test('an embedded image is read back, and the rest of the fragment stays', () => {
  const fragment = embedImage('#layer=a&channel=3', IMAGE);
  assert.equal(parseEmbeddedImage(`#${fragment}`), IMAGE);
  assert.match(fragment, /^layer=a&channel=3&image=data%3Aimage/);
  assert.equal(embedImage(fragment, null), 'layer=a&channel=3');
  assert.equal(embedImage(embedImage('', IMAGE), IMAGE).match(/image=/g).length, 1);
});

test('only small raster images as data: URLs are accepted', () => {
  assert.equal(embeddedImageError('#layer=a'), null);
  assert.equal(embeddedImageError(`#${embedImage('', IMAGE)}`), null);
  for (const text of ['javascript:alert(1)', 'data:text/html;base64,AAAA', 'data:image/svg+xml;base64,AAAA', 'https://example.org/a.png', 'data:image/png;base64,A B']) {
    const fragment = `#${new URLSearchParams({ image: text })}`;
    assert.equal(parseEmbeddedImage(fragment), null, text);
    assert.match(embeddedImageError(fragment).message, /^image: expected a WebP, JPEG or PNG image as a data: URL, found “/);
  }
});

test('the image of the query goes before an embedded one', () => {
  const fragment = `#${embedImage('', IMAGE)}`;
  assert.equal(parseUrlState('', fragment).image, IMAGE);
  assert.equal(parseUrlState('?image=a.png', fragment).image, 'a.png');
  assert.equal(parseUrlState('', '').image, null);
});

test('one sentence says what a link holds, another what it does not', () => {
  const view = { model: { name: 'Starter', isHeld: true }, layer: 'conv1 → BN', channel: 3, image: { name: 'cat.jpg', isHeld: true, embedded: false } };
  assert.deepEqual(linkContents(view), ['The link holds the model (Starter), the layer (conv1 → BN), channel 3, the colours and the address of the image (cat.jpg).', '']);
  const local = { ...view, image: { name: 'cat.jpg', isHeld: false, embedded: false } };
  assert.equal(linkContents(local)[1], 'It does not contain the image cat.jpg, which is only on this device.');
  assert.match(linkContents({ ...local, image: { ...local.image, embedded: true } })[0], / and a small copy of the image\.$/);
  assert.equal(linkContents({ ...local, image: { ...local.image, embedded: true } })[1], '');
  const own = linkContents({ ...local, model: { name: 'own.pth', isHeld: false } });
  assert.equal(own[1], 'It does not contain the model file own.pth and the image cat.jpg, which are only on this device.');
  assert.deepEqual(linkContents({ model: null, layer: null, channel: null, image: null }), ['The link holds the colours.', '']);
});
