// @ts-check
// Search for nodes by the start of words in their name and operator, by attributes and sizes ("stride 2", "3x3", "512") and by the
// words that people use for them ("shortcut", "bottleneck"). The best match comes first.

/** @import { LayerInfo } from '../pkg/resnet_lens.js' */
/** @import { Block, Layer, Network } from './network.js' */

/** What a node is found by: words with their rank (0 is best) and attributes by key. */
/** @typedef {{ node: LayerInfo, words: Map<string, number>, attributes: Map<string, string[]> }} Entry */
/** @typedef {{ key: string | null, text: string }} Term */

/** Ranks of words by their source. */
const RANK = { name: 0, operator: 0, size: 1, synonym: 2, weakSynonym: 4 };
/** A word that only starts with the term ranks after one that equals it. */
const PREFIX_RANK = 1;

/** Names of attributes in a query. @type {Record<string, string>} */
const ATTRIBUTE_KEYS = {
  stride: 'stride', padding: 'padding', pad: 'padding', kernel: 'kernel', channel: 'channels', channels: 'channels', ch: 'channels', groups: 'groups',
  보폭: 'stride', 패딩: 'padding', 커널: 'kernel', 채널: 'channels', 그룹: 'groups',
};

/** Other words for operators. @type {Partial<Record<LayerInfo['role'], string[]>>} */
const ROLE_WORDS = {
  convolution: ['convolution', '합성곱', '컨볼루션'],
  norm: ['bn', 'batch', 'norm', 'normalisation', 'normalization', '배치', '정규화'],
  activation: ['activation', 'nonlinearity', 'rectifier', '활성화', '비선형'],
  add: ['add', 'addition', 'sum', 'plus', 'elementwise', '덧셈', '합'],
  pool: ['pooling', 'subsampling', '풀링'],
  linear: ['linear', 'dense', 'fully', 'connected', 'classifier', 'head', 'logits', '선형', '완전', '연결', '분류기', '로짓'],
};

/** In results of equal rank, nodes with weights and additions come first. @type {Record<LayerInfo['role'], number>} */
const ROLE_ORDER = { convolution: 0, add: 0, linear: 0, softmax: 0, pool: 1, norm: 2, activation: 2, scale: 2, reshape: 3 };

export class LayerSearch {
  /** @type {Entry[]} */
  #entries;

  /** @param {Network} network */
  constructor(network) {
    const blocks = new Map(network.blocks.map((block) => [block.name, block]));
    this.#entries = network.nodes.map((node) => entryOf(node, network.find(node.name), blocks.get(node.block ?? '') ?? null));
  }

  /**
   * The nodes that match every term of a query, best first; all nodes in execution order for an empty query.
   * @param {string} query
   * @returns {LayerInfo[]}
   */
  find(query) {
    const terms = termsOf(query);
    return this.#entries
      .map((entry, index) => ({ node: entry.node, index, rank: rankOf(entry, terms) }))
      .filter(({ rank }) => rank < Infinity)
      .sort((a, b) => a.rank - b.rank || (terms.length ? ROLE_ORDER[a.node.role] - ROLE_ORDER[b.node.role] : 0) || a.index - b.index)
      .map(({ node }) => node);
  }
}

/**
 * @param {string} query
 * @returns {Term[]}
 */
function termsOf(query) {
  const words = normalise(query).split(/[\s:=,]+/).filter(Boolean);
  /** @type {Term[]} */
  const terms = [];
  for (let at = 0; at < words.length; at += 1) {
    const [word, next] = [words[at], words[at + 1]];
    const key = ATTRIBUTE_KEYS[word];
    if (key && next && /^\d/.test(next)) {
      terms.push({ key, text: next });
      at += 1;
    } else if (/^\d+$/.test(word) && next && ATTRIBUTE_KEYS[next] === 'channels') {
      terms.push({ key: 'channels', text: word });
      at += 1;
    } else {
      terms.push({ key: null, text: word });
    }
  }
  return terms;
}

/** @param {string} text */
const normalise = (text) => text.toLowerCase().replaceAll('×', 'x').replaceAll('-', '');

/**
 * The sum of the ranks of all terms, Infinity if one does not match.
 * @param {Entry} entry
 * @param {Term[]} terms
 */
function rankOf({ words, attributes }, terms) {
  return terms.reduce((sum, { key, text }) => {
    if (key) return sum + (attributes.get(key)?.includes(text) ? 0 : Infinity);
    return sum + wordRank(words, text);
  }, 0);
}

/**
 * @param {Map<string, number>} words
 * @param {string} term
 */
function wordRank(words, term) {
  const exact = words.get(term);
  // A number matches as a whole: 5 is not the start of 512.
  if (exact !== undefined || /^\d+$/.test(term)) return exact ?? Infinity;
  let best = Infinity;
  for (const [word, rank] of words) {
    if (word.startsWith(term)) best = Math.min(best, rank + PREFIX_RANK);
  }
  return best;
}

/**
 * @param {LayerInfo} node
 * @param {Layer | null} layer
 * @param {Block | null} block
 * @returns {Entry}
 */
function entryOf(node, layer, block) {
  const { name, op, role, shape: [, channels, rows, columns], kernel_size: kernel, stride } = node;
  /** @type {Map<string, number>} */
  const words = new Map();
  const add = (/** @type {number} */ rank, /** @type {string[]} */ ...added) => {
    for (const word of added) words.set(word, Math.min(rank, words.get(word) ?? Infinity));
  };
  // A name is found by its beginning, by each part between dots, and by several parts in a row.
  const parts = name.toLowerCase().split('.');
  add(RANK.name, name.toLowerCase(), ...parts, ...parts.flatMap((part) => part.split('_').filter((piece) => !/^\d+$/.test(piece))));
  parts.slice(1).forEach((_, i) => add(RANK.name, parts.slice(0, i + 2).join('.'), parts.slice(i + 1).join('.')));
  add(RANK.operator, op.toLowerCase(), ...(ROLE_WORDS[role] ?? []));
  add(RANK.size, String(channels), `${rows}x${columns}`, `${channels}x${rows}x${columns}`);
  if (kernel) add(RANK.size, kernel.join('x'));
  for (const [rank, synonyms] of synonymsOf(node, layer, block)) add(rank, ...synonyms);
  return { node, words, attributes: attributesOf(node, { kernel, stride, channels }) };
}

/**
 * Attributes by key, from the text `3x3 stride 2 padding 1` of the node.
 * @param {LayerInfo} node
 * @param {{ kernel: [number, number] | null, stride: [number, number] | null, channels: number }} sizes
 */
function attributesOf({ attributes }, { kernel, stride, channels }) {
  const found = new Map([['channels', [String(channels)]]]);
  for (const [, key, text] of attributes.toLowerCase().matchAll(/([a-z]+) (\d[\dx]*)/g)) found.set(key, [text]);
  if (kernel) found.set('kernel', [kernel.join('x'), String(kernel[0])]);
  if (stride) found.set('stride', [String(stride[0]), stride.join('x')]);
  return found;
}

/**
 * What people call a node because of its position.
 * @param {LayerInfo} node
 * @param {Layer | null} layer
 * @param {Block | null} block
 * @returns {[rank: number, words: string[]][]}
 */
function synonymsOf({ role, inputs, stride, shape }, layer, block) {
  /** @type {[number, string[]][]} */
  const found = [];
  if (layer?.isProjection) {
    found.push([RANK.synonym, ['shortcut', 'projection', 'identity', 'skip', '지름길', '투영', '숏컷']]);
  } else if (role === 'add') {
    found.push([RANK.synonym - 1, ['residual', 'skip', 'connection', 'output', 'block', 'f(x)+x', '잔차', '연결', '블록', '출력']], [RANK.weakSynonym, ['shortcut', '지름길']]);
  } else if (block && role === 'convolution') {
    found.push([RANK.weakSynonym, ['residual', '잔차']]);
  }
  // A bottleneck block has three convolutions on its main path; its first one is the bottleneck.
  const convolutions = block?.main.filter(({ role: main }) => main === 'convolution') ?? [];
  if (convolutions.length > 2 && role === 'convolution' && !layer?.isProjection) {
    found.push([layer === convolutions[0] ? RANK.synonym : RANK.weakSynonym, ['bottleneck', 'block', '병목', '블록']]);
  }
  if (stride && Math.max(...stride) > 1) {
    found.push([layer?.isProjection ? RANK.synonym : RANK.synonym + 1, ['downsampling', 'subsampling', 'strided', '다운샘플링']]);
  }
  if (role === 'convolution' && inputs[0] === 'input') found.push([RANK.synonym, ['stem', 'filters', 'first', '스템', '필터']]);
  if (role === 'pool' && shape[2] * shape[3] === 1) found.push([RANK.synonym, ['global', 'average', 'gap', 'averagepooling', '전역', '평균']]);
  else if (role === 'pool') found.push([RANK.synonym, ['stem', 'maxpooling']]);
  return found;
}
