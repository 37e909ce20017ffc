// All logits of a ResNet-50 with ImageNet weights on photos, compared with PyTorch in float64, in both browsers.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as chromium from './browser.js';
import * as firefox from './firefox.js';
import { IDENTITY_CARD, data, largestDifference, imageOf, reference, skip, top5 } from './references.js';

/** Largest error of a logit. The logits of these networks range from about -19 to 13. */
const LOGIT = 2e-3;
const MODEL = 'files/resnet50.safetensors';
const slow = { skip, timeout: 300_000 };

/** Classifies an image of the test server; resolves to the predictions, logits and times. */
const answer = (page, image) => page.evaluate(async (url) => {
  const lens = window.resnetLens;
  const { predictions, ms } = await lens.classify(url);
  const { data: logits } = await lens.featureMap('fc');
  return { indices: predictions.map(({ index }) => index), logits: [...logits], ms, timings: await lens.timings() };
}, image);

for (const [browser, { start }] of Object.entries({ Chromium: chromium, Firefox: firefox })) {
  describe(browser, () => {
    let site;
    let page;
    let adapter;

    before(async () => {
      if (skip) return;
      site = await start({ device: 'gpu' });
      site.put('resnet50.safetensors', data('weights/resnet50-imagenet.f16.safetensors'));
      site.put('chelsea.png', data('images/open/chelsea.png'), 'image/png');
      page = await site.newPage();
      await chromium.open(page, site.base);
      adapter = (await page.evaluate(() => window.resnetLens.adapter())).name;
    });
    after(() => site?.close());

    const assertLogits = (t, what, found, expected) => {
      const distance = largestDifference(found.logits, expected.logits);
      t.diagnostic(`${browser}, ${adapter}, ${what}: largest logit difference ${distance.toExponential(2)}`);
      assert.deepEqual(top5(found.logits), expected.top5);
      assert.deepEqual(found.indices, expected.top5, 'the predictions follow from the logits');
      assert.ok(distance <= LOGIT, `a logit is ${distance} from the reference, more than ${LOGIT}`);
    };
    const load = (card) => page.evaluate(([url, given]) => window.resnetLens.loadModel(url, given), [MODEL, card]);

    test('starter model, unprepared photo', slow, async (t) => {
      const found = await answer(page, 'files/chelsea.png');
      assertLogits(t, 'starter, untouched photo', found, reference('starter/reference-chelsea.json'));
    });

    test('ResNet-50, the exact inputs of the reference runs', slow, async (t) => {
      const info = await load(IDENTITY_CARD);
      assert.deepEqual([info.architecture, info.classes, info.parameters], ['ResNet-50', 1000, 25_557_032]);
      for (const name of ['chelsea', 'samoyed_dog']) {
        site.put(`${name}-input.png`, imageOf(`reference/${name}-input-nchw.npy`), 'image/png');
        const found = await answer(page, `files/${name}-input.png`);
        assertLogits(t, `ResNet-50, ${name}`, found, reference(`reference/resnet50-${name}.json`));
        if (name === 'chelsea') continue;
        const { load: loading, first, infer } = found.timings;
        t.diagnostic(`${browser}, ${adapter}: load ${loading.toFixed()} ms, first run ${first.toFixed()} ms, warm run ${infer.toFixed()} ms`);
      }
    });

    test('ResNet-50, unprepared photo, default preprocessing of a file without a card', slow, async (t) => {
      await load(null);
      const found = await answer(page, 'files/chelsea.png');
      assertLogits(t, 'ResNet-50, untouched photo', found, reference('reference/resnet50-chelsea.json'));
    });
  });
}
