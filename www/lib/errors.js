/** An Error whose `name` identifies the kind of failure; callers switch on it. */
export function namedError(name, message) {
  return Object.assign(new Error(message), { name });
}
