// Finds the machine's browsers and drivers. The error for a missing one says what to install.

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * The path of a program: the value of the environment variable `variable`, or the first of `names` in one of `folders` or on the
 * PATH, or the first existing path of `paths`. `what` and `advice` are parts of the error message.
 */
export function findProgram({ what, variable, names, folders = [], paths = [], advice }) {
  const wanted = process.env[variable];
  const path = (process.env.PATH ?? '').split(delimiter);
  const known = [...folders, ...path].flatMap((folder) => names.map((name) => join(folder, name)));
  const found = (wanted ? [wanted] : [...known, ...paths]).find(isProgram);
  if (found) return found;
  throw new Error(wanted
    ? `${variable} is set to ${wanted}, which is not an executable program.`
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
