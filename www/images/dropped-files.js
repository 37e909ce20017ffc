// @ts-check
// The files of a drop or a paste, with those of dropped folders.

import { kindByName } from '../models/sort-files.js';

/** A file of a folder is named by its path. @typedef {{ blob: File, name: string, address: null }} NamedFile */

/** A queue classifies images only. */
const VIDEO = /^(video|audio)\//;
/** Files that are read of one drop at most. */
const MOST = 10_000;

/**
 * The files of a transfer. It has to be called during its event; folders are read after it.
 * @param {DataTransfer} transfer
 * @returns {{ files: File[], folders: (() => Promise<NamedFile[]>) | null }} `folders` reads the images, weights and notes of the dropped folders, null without any
 */
export function filesOf(transfer) {
  const entries = [...transfer.items].map((item) => (item.kind === 'file' ? item.webkitGetAsEntry?.() : null));
  const folders = entries.filter((entry) => entry?.isDirectory).map((entry) => /** @type {FileSystemDirectoryEntry} */ (entry));
  // A folder is among the files too, as one that cannot be read.
  const names = new Set(folders.map(({ name }) => name));
  const files = [...transfer.files].filter(({ name }) => !names.has(name));
  return { files, folders: folders.length > 0 ? () => filesIn(folders) : null };
}

/**
 * The images, weights and notes of folders and the folders in them, by path. Other files are left out.
 * @param {FileSystemDirectoryEntry[]} folders
 */
async function filesIn(folders) {
  /** @type {NamedFile[]} */
  const found = [];
  /** @type {FileSystemEntry[]} */
  const waiting = [...folders];
  for (let entry = waiting.shift(); entry && found.length < MOST; entry = waiting.shift()) {
    if (entry.isDirectory) waiting.push(...await childrenOf(/** @type {FileSystemDirectoryEntry} */ (entry)));
    else found.push(...await fileOf(/** @type {FileSystemFileEntry} */ (entry)));
  }
  return found.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
}

/**
 * @param {FileSystemDirectoryEntry} folder
 * @returns {Promise<FileSystemEntry[]>}
 */
async function childrenOf(folder) {
  const reader = folder.createReader();
  const all = [];
  // A reader returns some entries per call, and none at the end.
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((resolve) => { reader.readEntries(resolve, () => resolve([])); });
    if (some.length === 0) return all;
    all.push(...some);
  }
}

/**
 * The file of an entry, named by its path; empty for files that are left out and those that cannot be read.
 * @param {FileSystemFileEntry} entry
 * @returns {Promise<NamedFile[]>}
 */
async function fileOf(entry) {
  if (entry.name.startsWith('.')) return [];
  /** @type {File | null} */
  const file = await new Promise((resolve) => { entry.file(resolve, () => resolve(null)); });
  if (!file || VIDEO.test(file.type) || kindByName(file) === null) return [];
  return [{ blob: file, name: entry.fullPath.replace(/^\//, ''), address: null }];
}
