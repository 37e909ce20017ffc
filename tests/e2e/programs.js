// Where the machine has its browsers and drivers. A missing one is an error that says what to install.

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * The path of a program: what the environment's `variable` says, or else the first of `names` that is in
 * one of `folders` or on the PATH, or else the first of `places`. `what` and `advice` are for the sentence.
 */
export function findProgram({ what, variable, names, folders = [], places = [], advice }) {
  const wanted = process.env[variable];
  const path = (process.env.PATH ?? '').split(delimiter);
  const known = [...folders, ...path].flatMap((folder) => names.map((name) => join(folder, name)));
  const found = (wanted ? [wanted] : [...known, ...places]).find(isProgram);
  if (found) return found;
  throw new Error(wanted
    ? `${variable} is set to ${wanted}, which is no program that can be run.`
    : `No ${what} was found on the PATH: ${advice} or set ${variable} to its path.`);
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
