// @ts-check
// The steps of the tour, as data. Texts are `tour.title.ID`, `tour.text.ID`, `tour.question.ID`, `tour.option.OPTION`, `tour.right.ID`,
// `tour.wrong.ID` and, for some, `tour.larger.ID`: what was measured in a full-size ResNet-50. No step names a node: `places.js` finds
// its place in the network in use.

/** @import { ViewState } from '../app/view-state.js' */
/** @import { CheckName } from './checks.js' */
/** @import { EditName, PlaceName } from './places.js' */
/** @import { SourceName } from './sources.js' */

/** View state of panels. @typedef {Partial<Pick<ViewState, 'gradient' | 'seeded' | 'visualise'>>} PanelState */

/**
 * What the page shows.
 * @typedef {object} StepView
 * @property {PlaceName} [place]
 * @property {'convolution' | 'norm'} [value] node of the layer that is shown; the last one by default
 * @property {ViewState['sort']} [sort]
 * @property {ViewState['compare']} [compare]
 * @property {ViewState['overlay']} [overlay]
 * @property {EditName} [edit] none by default
 * @property {boolean} [isRandom] the panel of gradients compares maps with those of random weights in the last stage
 * @property {PanelState} [panel] the panel that is open and what it shows; none by default
 */

/**
 * `choice`: one of `options`. The others are done in the page and then checked: `channel`, `layer`, `block` and `class` are selected,
 * `edit` is an edit of the network.
 * @typedef {object} Question
 * @property {'choice' | 'channel' | 'layer' | 'block' | 'class' | 'edit'} kind
 * @property {CheckName} check
 * @property {string[]} [options]
 */

/**
 * @typedef {object} Step
 * @property {string} id its permalink is `#tour=ID`
 * @property {StepView} view
 * @property {StepView} [reveal] what differs from `view` once the question is answered
 * @property {Target} target the part of the page that the text describes
 * @property {Question} question
 * @property {SourceName[]} sources
 * @property {boolean} [hasLarger] it has a text `tour.larger.ID`
 * @property {boolean} [isFree] image, model and view may be changed without leaving it
 */

/** @typedef {'map' | 'layer' | 'channel' | 'filters' | 'compare' | 'predictions' | 'seeded' | 'visualisation' | 'attribution'} Target */

/** Does the answer survive an edit? */
const SURVIVAL = ['kept', 'weaker', 'lost'];

/** @type {Step[]} */
export const STEPS = [
  {
    id: 'filters',
    view: { place: 'stem' },
    target: 'filters',
    question: { kind: 'choice', check: 'patch', options: ['pixel', 'patch', 'image'] },
    sources: [],
  },
  {
    id: 'channels',
    view: { place: 'stem', sort: 'index' },
    target: 'layer',
    question: { kind: 'channel', check: 'strongest' },
    sources: [],
  },
  {
    id: 'batchNorm',
    view: { place: 'stem', value: 'convolution' },
    reveal: { value: 'norm' },
    target: 'layer',
    question: { kind: 'choice', check: 'normalised', options: ['standardised', 'shifted'] },
    sources: ['ioffe2015'],
  },
  {
    id: 'relu',
    view: { place: 'inner-layer', value: 'norm' },
    reveal: {},
    target: 'layer',
    question: { kind: 'choice', check: 'zeros', options: ['few', 'half', 'most'] },
    sources: [],
  },
  {
    id: 'receptiveField',
    view: { place: 'stem-pool' },
    target: 'channel',
    question: { kind: 'choice', check: 'field', options: ['kernel', 'pooled', 'double'] },
    sources: [],
  },
  {
    id: 'bottleneck',
    view: { place: 'bottleneck' },
    target: 'map',
    question: { kind: 'layer', check: 'parameters' },
    sources: ['he2015'],
    hasLarger: true,
  },
  {
    id: 'shortcut',
    view: { place: 'identity-block', compare: 'sum' },
    target: 'compare',
    question: { kind: 'edit', check: 'untouched' },
    sources: ['he2015', 'he2016'],
  },
  {
    id: 'projection',
    view: { place: 'before-projection' },
    target: 'map',
    question: { kind: 'layer', check: 'projection' },
    sources: ['he2015'],
  },
  {
    id: 'pyramid',
    view: { place: 'last-block' },
    target: 'map',
    question: { kind: 'choice', check: 'pyramid', options: ['grow', 'same', 'shrink'] },
    sources: ['he2015'],
    hasLarger: true,
  },
  {
    id: 'sizeOfF',
    view: { place: 'identity-block', compare: 'sum' },
    target: 'compare',
    question: { kind: 'choice', check: 'ratio', options: ['tiny', 'small', 'large'] },
    sources: ['greff2017'],
    hasLarger: true,
  },
  {
    id: 'cutBranch',
    view: { place: 'identity-block' },
    target: 'map',
    question: { kind: 'block', check: 'least' },
    sources: ['veit2016'],
    hasLarger: true,
  },
  {
    id: 'cutShortcut',
    view: { place: 'identity-block' },
    reveal: { edit: 'cut-shortcut' },
    target: 'predictions',
    question: { kind: 'choice', check: 'survival', options: SURVIVAL },
    sources: ['he2015', 'balduzzi2017'],
    hasLarger: true,
  },
  {
    id: 'depth',
    view: { panel: { gradient: '1', seeded: '56-none-1' } },
    reveal: { panel: { gradient: '1', seeded: '56-norm-1' } },
    target: 'seeded',
    question: { kind: 'choice', check: 'depth', options: ['vanishes', 'holds', 'explodes'] },
    sources: ['he2015', 'heInitialisation2015', 'balduzzi2017', 'yang2019'],
    hasLarger: true,
  },
  {
    id: 'halfSteps',
    view: { place: 'long-stage' },
    reveal: { edit: 'half-steps' },
    target: 'predictions',
    question: { kind: 'choice', check: 'survival', options: SURVIVAL },
    sources: ['greff2017', 'he2016'],
    hasLarger: true,
  },
  {
    id: 'visualise',
    view: { place: 'inner-layer', sort: 'index' },
    reveal: { panel: { visualise: 1 } },
    target: 'visualisation',
    question: { kind: 'choice', check: 'visualise', options: ['photo', 'alike', 'computed'] },
    sources: ['olah2017'],
  },
  {
    id: 'classMap',
    view: { place: 'classifier', overlay: 'cam' },
    target: 'predictions',
    question: { kind: 'class', check: 'evidence' },
    sources: ['zhou2016', 'selvaraju2017'],
  },
  {
    id: 'trust',
    view: { place: 'last-block', panel: { gradient: '1' } },
    reveal: { isRandom: true },
    target: 'attribution',
    question: { kind: 'choice', check: 'trust', options: ['gradCam', 'saliency', 'alike'] },
    sources: ['adebayo2018', 'selvaraju2017'],
  },
  {
    id: 'yourTurn',
    view: {},
    target: 'map',
    question: { kind: 'edit', check: 'changed' },
    sources: [],
    isFree: true,
  },
];

/** @param {string | null} id */
export const tourStep = (id) => STEPS.find((step) => step.id === id) ?? null;
