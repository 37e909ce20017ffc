// @ts-check
// The answer of the edited network beside that of the loaded one for the same image, while the panel is open.

import { percent } from '../lib/format.js';
import { t } from '../lib/i18n.js';

/** @import { LensPredictions } from '../elements/predictions.js' */
/** @import { LensSurgery } from '../elements/surgery.js' */
/** @import { Session } from '../engine/session.js' */
/** @import { ImageController } from '../images/image-controller.js' */
/** @import { Lens } from '../lens/lens.js' */
/** @import { Answer, Selection } from '../lens/selection.js' */
/** @import { Prediction } from '../pkg/resnet_lens.js' */

export class AnswerComparison {
  #view;
  #parts;
  /** @type {Selection | null} */
  #selection = null;
  /** The loaded network's answer for an image. @type {{ image: Blob, best: Prediction } | null} */
  #intact = null;
  /** The result for which the loaded network is being asked. @type {Answer | null} */
  #asked = null;

  /**
   * @param {{ surgery: LensSurgery, predictions: LensPredictions }} view
   * @param {{ session: Session, lens: Lens, images: ImageController }} parts
   */
  constructor(view, parts) {
    this.#view = view;
    this.#parts = parts;
    parts.lens.on('selection', (selection) => {
      this.#selection = selection;
      this.update();
    });
  }

  /** Another network is in use. */
  reset() {
    this.#intact = null;
  }

  /** Shows what is known, and asks the loaded network once the result is drawn. */
  update() {
    const { lens, images: { current: image } } = this.#parts;
    const answer = this.#selection?.answer;
    const isEdited = lens.edits.length > 0;
    if (answer && image?.result === answer && !isEdited) this.#intact = { image: image.blob, best: answer.predictions[0] };
    if (!this.#view.surgery.open) return;
    const intact = image && this.#intact?.image === image.blob ? this.#intact.best : null;
    this.#view.surgery.showAnswer(answer && isEdited ? this.#text(answer.predictions[0], intact) : '');
    if (answer && image?.result === answer && isEdited && !intact && this.#selection?.isRead && answer !== this.#asked) this.#ask(answer, image.blob);
  }

  /**
   * @param {Answer} answer
   * @param {Blob} image
   */
  async #ask(answer, image) {
    this.#asked = answer;
    const node = this.#selection?.current.node;
    if (!node) return;
    try {
      const { result } = await this.#parts.session.engine.compareIntact(node, 1);
      if (this.#parts.images.current?.result === answer) this.#intact = { image, best: result.predictions[0] };
      this.update();
    } catch {
      // Without it the line shows the edited network's answer only.
    }
  }

  /**
   * @param {Prediction} now
   * @param {Prediction | null} intact
   */
  #text(now, intact) {
    const textOf = (/** @type {Prediction} */ { index, probability }) => `${this.#view.predictions.nameOf(index).text}, ${percent(probability)}`;
    return intact ? t('surgery.answer', { intact: textOf(intact), now: textOf(now) }) : t('surgery.answerEdited', { now: textOf(now) });
  }
}
